# a wrapper that clears
cat > /usr/local/bin/x <<'EOF'
#!/bin/sh
unset LD_LIBRARY_PATH
exec env -u LD_LIBRARY_PATH /opt/x/bin/x "$@"
EOF
