# install note
install -m 644 /dev/stdin /usr/share/doc/x/NEWS <<'EOF'
LD_LIBRARY_PATH=/opt/x/lib is no longer set.
EOF
