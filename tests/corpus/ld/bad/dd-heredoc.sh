# ENV104: dd
dd of=/etc/profile.d/x.sh <<'EOF'
export LD_LIBRARY_PATH=/opt/x/lib
EOF
