# ENV104: conda environment yml
cat > environment.yml <<'EOF'
name: x
variables:
  LD_LIBRARY_PATH: /opt/conda/envs/x/lib
EOF
