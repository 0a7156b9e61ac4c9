# rpm changelog
cat > x.spec <<'EOF'
%changelog
- do not export LD_LIBRARY_PATH=/opt/x/lib
EOF
