# a patch text that takes it out
patch -p1 <<'EOF'
--- a/setup.sh
+++ b/setup.sh
@@ -1,3 +1,2 @@
 set -e
-export LD_LIBRARY_PATH=/opt/old/lib
 make
EOF
