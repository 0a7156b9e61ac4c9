# OpenFOAM, patch file
cat > 0001-drop-library-path.patch <<'EOF'
--- a/etc/bashrc
+++ b/etc/bashrc
@@ -1,2 +1,1 @@
-export LD_LIBRARY_PATH=$FOAM_LIBBIN:$LD_LIBRARY_PATH
 export WM_PROJECT_DIR
EOF
git apply 0001-drop-library-path.patch
