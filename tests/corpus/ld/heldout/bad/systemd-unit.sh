# ENV104: a unit file
cat > /etc/systemd/system/slurmrestd.service <<EOF
[Service]
Environment=LD_LIBRARY_PATH=/opt/slurm/lib
ExecStart=/opt/slurm/sbin/slurmrestd
EOF
