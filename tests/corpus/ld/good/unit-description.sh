# unit description
cat > /etc/systemd/system/x.service <<'EOF'
[Unit]
Description=x, without LD_LIBRARY_PATH=/opt/x/lib
[Service]
ExecStart=/usr/bin/env LD_LIBRARY_PATH= /opt/x/bin/x
EOF
