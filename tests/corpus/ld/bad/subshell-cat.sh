# ENV104: subshell cat
(umask 022; cat > /etc/profile.d/x.sh) <<'EOF'
export LD_LIBRARY_PATH=/opt/x/lib
EOF
