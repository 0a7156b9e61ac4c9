# ENV102: TensorFlow, python stdin
python3 - <<'EOF'
import os, subprocess
os.environ["LD_LIBRARY_PATH"] = "/usr/local/cuda/extras/CUPTI/lib64"
subprocess.check_call(["python3", "-c", "import tensorflow"])
EOF
