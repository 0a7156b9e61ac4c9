# python filter lines
python3 - <<'EOF'
import fileinput
for line in fileinput.input("/opt/x/env.sh", inplace=True):
    if not line.startswith("export LD_LIBRARY_PATH="):
        print(line, end="")
EOF
