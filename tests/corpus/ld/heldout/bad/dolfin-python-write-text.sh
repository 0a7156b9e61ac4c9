# ENV104: DOLFIN, python write text
python3 - <<'EOF'
from pathlib import Path
Path("/etc/profile.d/dolfin.sh").write_text("export LD_LIBRARY_PATH=/opt/dolfin/lib\n")
EOF
