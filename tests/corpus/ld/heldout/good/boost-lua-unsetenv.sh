# Boost, lua unsetenv
cat > /opt/apps/modulefiles/boost/1.84.lua <<'EOF'
-- prepend_path("LD_LIBRARY_PATH", "/opt/boost/lib")
unsetenv("LD_LIBRARY_PATH")
setenv("BOOST_ROOT", "/opt/boost")
EOF
