# lua help
cat > /opt/modulefiles/x.lua <<'EOF'
help([[
  Instead of setenv("LD_LIBRARY_PATH", "/opt/x/lib") load this.
]])
prepend_path("PATH", "/opt/x/bin")
EOF
