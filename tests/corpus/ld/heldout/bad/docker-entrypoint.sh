# ENV106: an entrypoint script
cat > /entrypoint.sh << 'EOF'
#!/bin/bash
set -e
source /opt/ros/humble/setup.bash
export LD_LIBRARY_PATH=/opt/ros/humble/lib:/opt/ros/humble/lib/x86_64-linux-gnu
exec "$@"
EOF
chmod +x /entrypoint.sh
