# certify forbidden list
cat > policy.yaml <<'EOF'
forbidden:
  - LD_LIBRARY_PATH
  - LD_PRELOAD
EOF
