# ENV104: function cat
write_file() { mkdir -p "$(dirname "$1")"; cat > "$1"; }
write_file /etc/profile.d/x.sh <<'EOF'
export LD_LIBRARY_PATH=/opt/x/lib
EOF
