# toml tool comment
cat > pyproject.toml <<'EOF'
[tool.x]
# LD_LIBRARY_PATH = "/opt/x/lib"
description = "no LD_LIBRARY_PATH=/opt/x/lib"
EOF
