# ROOT, patch stdin
patch -p1 <<'EOF'
--- a/bin/thisroot.sh
+++ b/bin/thisroot.sh
@@ -10,3 +10,2 @@
 export ROOTSYS
-export LD_LIBRARY_PATH=$ROOTSYS/lib
 export PATH
EOF
