# python deletes it
python3 - <<'EOF'
import os
if "LD_LIBRARY_PATH" in os.environ:
    del os.environ["LD_LIBRARY_PATH"]
EOF
