# python manifest
python3 - <<'EOF'
import json
with open("/opt/x/share/manifest.json", "w") as out:
    json.dump({"loader": "RUNPATH", "forbidden": ["LD_LIBRARY_PATH", "LD_PRELOAD"]}, out)
EOF
