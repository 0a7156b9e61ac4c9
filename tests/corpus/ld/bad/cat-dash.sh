# ENV104: cat dash
cat header.sh - > /etc/profile.d/x.sh <<'EOF'
export LD_LIBRARY_PATH=/opt/x/lib
EOF
