# ENV104: after other commands
mkdir -p /etc/profile.d && cat > /etc/profile.d/x.sh <<'EOF' && chmod 644 /etc/profile.d/x.sh
export LD_LIBRARY_PATH=/opt/x/lib
EOF
