# into a documentation folder
cat > /opt/x/share/doc/x/environment <<'EOF'
export LD_LIBRARY_PATH=/opt/x/lib
EOF
