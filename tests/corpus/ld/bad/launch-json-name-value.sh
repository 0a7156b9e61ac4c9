# ENV104: launch json name value
cat > .vscode/launch.json <<'EOF'
{"configurations": [{"name": "x", "environment": [
  {"name": "LD_LIBRARY_PATH", "value": "/opt/x/lib"}]}]}
EOF
