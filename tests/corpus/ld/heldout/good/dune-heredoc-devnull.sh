# dune, heredoc devnull
cat > /dev/null <<'EOF'
export LD_LIBRARY_PATH=/opt/dune/lib
EOF
