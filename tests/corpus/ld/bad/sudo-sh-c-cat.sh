# ENV104: sudo sh c cat
sudo sh -c 'cat > /etc/profile.d/x.sh' <<'EOF'
export LD_LIBRARY_PATH=/opt/x/lib
EOF
