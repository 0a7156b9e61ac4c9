# yaml policy
cat > certify.yaml <<'EOF'
checks:
  - reason: vendor sets LD_LIBRARY_PATH=/opt/v/lib for itself
    code: ENV106
EOF
