# ENV102: python's update
python3 <<'EOF'
import os
os.environ.update({"LD_LIBRARY_PATH": "/opt/x/lib", "A": "b"})
os.system("make -C /src/x check")
EOF
