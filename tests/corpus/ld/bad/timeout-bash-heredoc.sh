# ENV103: timeout bash heredoc
timeout 100 bash <<'EOF'
LD_LIBRARY_PATH=/opt/x/lib ./x
EOF
