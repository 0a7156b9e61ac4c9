# function cat doc
write_file() { cat > "$1"; }
write_file /opt/x/README.md <<'EOF'
export LD_LIBRARY_PATH=/opt/x/lib
EOF
