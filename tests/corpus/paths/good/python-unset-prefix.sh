# quiet: python that only reads
python3 -c 'import os; print(os.path.exists("/home/x"))'
python3 - <<'EOF'
import sys
assert not sys.prefix.startswith("/home/")
EOF
