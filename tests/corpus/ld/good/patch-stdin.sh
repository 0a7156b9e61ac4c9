# a patch from a here-document
patch -p0 << 'EOF'
--- Makefile
+++ Makefile
@@ -3 +3 @@
-	LD_LIBRARY_PATH=. ./t
+	./t
EOF
