# to nowhere
cat > /dev/null <<'EOF'
export LD_LIBRARY_PATH=/opt/x/lib
EOF
