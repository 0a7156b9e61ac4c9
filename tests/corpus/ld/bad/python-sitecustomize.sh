# ENV104: what python reads at start
cat > /usr/lib/python3/dist-packages/sitecustomize.py <<'EOF'
import os
os.environ.setdefault("LD_LIBRARY_PATH", "/opt/x/lib")
EOF
