# conda deactivate only
cat > $CONDA_PREFIX/etc/conda/activate.d/zz.sh <<'EOF'
# conda packages find their libraries by RPATH
unset LD_LIBRARY_PATH
EOF
