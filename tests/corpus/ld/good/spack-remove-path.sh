# spack remove path
cat > compilers.yaml <<'EOF'
environment:
  remove_path:
    LD_LIBRARY_PATH: /opt/intel/lib
  unset: [LD_LIBRARY_PATH]
EOF
