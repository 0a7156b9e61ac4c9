# with a remark in it
cat > /etc/ld.so.conf.d/x.conf <<'EOF'
# so that nobody needs LD_LIBRARY_PATH=/opt/x/lib
/opt/x/lib
EOF
