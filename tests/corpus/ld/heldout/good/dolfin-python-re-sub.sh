# DOLFIN, python re sub
python3 - <<'EOF'
import re
from pathlib import Path
script = Path("/opt/dolfin/share/dolfin/dolfin.conf")
script.write_text(re.sub(r"^export LD_LIBRARY_PATH=.*\n", "", script.read_text(), flags=re.M))
EOF
