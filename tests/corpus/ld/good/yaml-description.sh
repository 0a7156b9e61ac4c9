# yaml description
cat > meta.yaml <<'EOF'
about:
  description: "Works without LD_LIBRARY_PATH=/opt/x/lib"
  summary: no LD_LIBRARY_PATH=/opt/x/lib, at last
EOF
