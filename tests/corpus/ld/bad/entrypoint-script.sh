# ENV106: entrypoint script
cat > /entrypoint.sh <<'EOF'
#!/bin/sh
set -e
export LD_LIBRARY_PATH="/usr/local/nvidia/lib64:${LD_LIBRARY_PATH}"
exec "$@"
EOF
