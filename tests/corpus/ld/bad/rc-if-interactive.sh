# ENV104: rc if interactive
cat >> /etc/skel/.bashrc <<'EOF'
[ -d /opt/x/lib ] && LD_LIBRARY_PATH="/opt/x/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" && export LD_LIBRARY_PATH
EOF
