# ENV104: an environment's variables
cat > environment.yml <<'EOF'
name: base
variables:
  LD_LIBRARY_PATH: /opt/conda/lib
EOF
conda env update -f environment.yml
