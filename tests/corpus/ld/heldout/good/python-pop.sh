# taking it away in python
python3 - <<'EOF'
import os, subprocess
os.environ.pop("LD_LIBRARY_PATH", None)
subprocess.run(["make", "check"], check=True)
EOF
