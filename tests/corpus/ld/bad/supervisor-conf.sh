# ENV104: supervisor conf
cat > /etc/supervisor/conf.d/x.conf <<'EOF'
[program:x]
command=/opt/x/bin/x
environment=HOME="/srv",LD_LIBRARY_PATH="/opt/x/lib"
EOF
