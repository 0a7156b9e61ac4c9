# quiet: documentation in a here-document to man
cat > /opt/x/share/man/man1/x.1 <<'EOF'
.B make install DESTDIR=/home/x
EOF
