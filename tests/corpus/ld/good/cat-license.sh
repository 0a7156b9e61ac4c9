# cat license
cat > LICENSE.extra <<'EOF'
Programs find their libraries without LD_LIBRARY_PATH=/opt/x/lib.
EOF
