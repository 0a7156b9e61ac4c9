# a patch by git
git apply <<'EOF'
diff --git a/x b/x
-export LD_LIBRARY_PATH=/x
EOF
