# a profile that clears
cat > /etc/profile.d/zz.sh <<'EOF'
unset LD_LIBRARY_PATH
EOF
