# ENV104: make export heredoc pipe
cat <<'EOF' >> /etc/skel/.bash_profile
if [ -d /opt/x/lib ]; then LD_LIBRARY_PATH=/opt/x/lib; export LD_LIBRARY_PATH; fi
EOF
