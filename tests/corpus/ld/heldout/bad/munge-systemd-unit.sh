# ENV104: munge systemd unit
cat > /etc/systemd/system/slurmd.service <<'EOF'
[Service]
Environment="LD_LIBRARY_PATH=/opt/slurm/lib"
ExecStart=/opt/slurm/sbin/slurmd -D
EOF
