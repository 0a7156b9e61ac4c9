# ENV104: conda hooks pair
mkdir -p $CONDA_PREFIX/etc/conda/{activate,deactivate}.d
cat > $CONDA_PREFIX/etc/conda/activate.d/env_vars.sh <<'EOF'
export OLD_LD_LIBRARY_PATH=${LD_LIBRARY_PATH}
export LD_LIBRARY_PATH=${CONDA_PREFIX}/lib:${LD_LIBRARY_PATH}
EOF
echo 'export LD_LIBRARY_PATH=${OLD_LD_LIBRARY_PATH}' > $CONDA_PREFIX/etc/conda/deactivate.d/env_vars.sh
