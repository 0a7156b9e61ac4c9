# curl post
curl -sS -d @- https://chat.example.org/hook <<'EOF'
{"text": "LD_LIBRARY_PATH=/opt/x/lib is gone"}
EOF
