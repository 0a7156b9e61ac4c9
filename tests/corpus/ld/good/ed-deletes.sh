# ed deletes
ed -s /etc/environment <<'EOF'
g/^LD_LIBRARY_PATH=/d
g/export LD_LIBRARY_PATH=/d
w
q
EOF
