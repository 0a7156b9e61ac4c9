# ENV104: cat pipe install
cat <<'EOF' | install -m 644 /dev/stdin /etc/profile.d/x.sh
export LD_LIBRARY_PATH=/opt/x/lib
EOF
