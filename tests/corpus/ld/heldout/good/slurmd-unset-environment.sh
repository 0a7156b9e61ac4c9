# slurmd unset environment
cat > /etc/systemd/system/slurmd.service.d/env.conf <<'EOF'
[Service]
UnsetEnvironment=LD_LIBRARY_PATH
EOF
