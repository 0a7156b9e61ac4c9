# ENV104: sed program from stdin
sed -i -f - /opt/x/etc/x.sh <<'EOF'
2i export LD_LIBRARY_PATH=/opt/x/lib
EOF
