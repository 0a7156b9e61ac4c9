# python replace
python3 - <<'EOF'
from pathlib import Path
p = Path("/opt/x/env.sh")
p.write_text(p.read_text().replace("export LD_LIBRARY_PATH=/opt/x/lib\n", ""))
EOF
