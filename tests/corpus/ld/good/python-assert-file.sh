# python assert file
python3 - <<'EOF'
from pathlib import Path
text = Path("/etc/profile.d/x.sh").read_text()
assert "LD_LIBRARY_PATH=/opt/x/lib" not in text, "export LD_LIBRARY_PATH=/opt/x/lib is still there"
Path("/tmp/ok").write_text("ok")
EOF
