# a manual page
cat <<'EOF' > /opt/x/share/man/man1/x.1
.SH ENVIRONMENT
.TP
LD_LIBRARY_PATH=/opt/x/lib
is ignored.
EOF
