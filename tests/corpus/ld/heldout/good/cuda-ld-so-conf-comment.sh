# CUDA, ld so conf comment
cat > /etc/ld.so.conf.d/cuda.conf <<'EOF'
# instead of LD_LIBRARY_PATH=/usr/local/cuda/lib64
/usr/local/cuda/lib64
EOF
ldconfig
