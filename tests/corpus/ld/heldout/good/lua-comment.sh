# a remark in Lua
cat > /opt/modulefiles/x/1.lua <<'EOF'
-- prepend_path("LD_LIBRARY_PATH", "/opt/x/lib")
prepend_path("PATH", "/opt/x/bin")
EOF
