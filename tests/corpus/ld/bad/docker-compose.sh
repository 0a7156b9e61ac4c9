# ENV104: docker compose
cat > compose.yaml <<'EOF'
services:
  x:
    environment:
      - LD_LIBRARY_PATH=/opt/x/lib
EOF
