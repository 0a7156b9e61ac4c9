# ENV102: an environment for a child
python3 - <<'EOF'
import os, subprocess
subprocess.run(["x"], env=dict(os.environ, LD_LIBRARY_PATH="/opt/x/lib"))
EOF
