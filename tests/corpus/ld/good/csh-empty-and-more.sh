# csh empty and more
cat > /etc/csh/login.d/x.csh <<'EOF'
setenv LD_LIBRARY_PATH ''; setenv X /opt/x
EOF
