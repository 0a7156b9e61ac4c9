# cuda compat doc
mkdir -p /usr/share/doc/cuda && cat > /usr/share/doc/cuda/compat.txt <<'EOF'
LD_LIBRARY_PATH=/usr/local/cuda/compat ./app
EOF
