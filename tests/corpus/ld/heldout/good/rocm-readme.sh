# ROCm, readme
cat > /opt/rocm/README.md <<'EOF'
# ROCm
Outside of this image, set

    export LD_LIBRARY_PATH=/opt/rocm/lib:$LD_LIBRARY_PATH
EOF
