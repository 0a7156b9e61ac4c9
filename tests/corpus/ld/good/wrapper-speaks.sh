# a wrapper with a help text
cat > /usr/local/bin/y <<'EOF'
#!/bin/sh
if [ "$1" = --help ]; then echo "LD_LIBRARY_PATH=/x y: is not supported"; exit; fi
exec /opt/y/bin/y "$@"
EOF
