# a patch as a file
cat > fix.patch <<'EOF'
--- a/env.sh
+++ b/env.sh
@@ -1 +1 @@
-export LD_LIBRARY_PATH=/a
+export PATH=/a
EOF
patch -p1 < fix.patch
