# ENV104: modules.yaml
cat > /opt/spack/etc/spack/compilers.yaml <<'EOF'
compilers:
- compiler:
    spec: gcc@12
    environment:
      prepend_path:
        LD_LIBRARY_PATH: /opt/gcc/lib64
EOF
