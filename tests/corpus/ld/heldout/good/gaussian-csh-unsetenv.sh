# Gaussian, csh unsetenv
cat > /etc/csh/login.d/zz-clean.csh <<'EOF'
if ( $?LD_LIBRARY_PATH ) unsetenv LD_LIBRARY_PATH
EOF
