# json schema
cat > recipe.schema.json <<'EOF'
{"properties": {"LD_LIBRARY_PATH": {"type": "string", "maxLength": 0}}}
EOF
