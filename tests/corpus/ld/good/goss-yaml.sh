# goss yaml
cat > goss.yaml <<'EOF'
file:
  /etc/environment:
    exists: true
    contents: ["!/LD_LIBRARY_PATH/"]
EOF
