# ENV104: install into profile.d
install -m 644 /dev/stdin /etc/profile.d/x.sh <<EOF
export LD_LIBRARY_PATH=/opt/x/lib
EOF
