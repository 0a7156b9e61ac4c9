# ENV104: spack compilers yaml
cat > $HOME/.spack/linux/compilers.yaml <<'EOF'
compilers:
- compiler:
    spec: intel@2021
    environment:
      prepend_path:
        LD_LIBRARY_PATH: /opt/intel/lib
EOF
