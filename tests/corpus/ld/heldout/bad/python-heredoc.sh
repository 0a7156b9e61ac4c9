# ENV104: python writes a profile
python3 - <<'EOF'
from pathlib import Path
Path("/etc/profile.d/fenics.sh").write_text("export LD_LIBRARY_PATH=/opt/fenics/lib:$LD_LIBRARY_PATH\n")
EOF
