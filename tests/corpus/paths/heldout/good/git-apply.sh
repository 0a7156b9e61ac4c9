# quiet: a patch with such paths inside
patch -p1 <<'EOF'
--- a/Makefile
+++ b/Makefile
-PREFIX = /home/dev
+PREFIX = /opt/x
EOF
make install
