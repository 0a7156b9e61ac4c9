# ENV104: the hook by heredoc
mkdir -p /opt/conda/etc/conda/activate.d
cat > /opt/conda/etc/conda/activate.d/libs.sh <<'EOF'
export LD_LIBRARY_PATH="$CONDA_PREFIX/lib:$LD_LIBRARY_PATH"
EOF
