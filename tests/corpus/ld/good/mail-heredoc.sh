# mail heredoc
mail -s 'built' root <<'EOF'
export LD_LIBRARY_PATH=/opt/x/lib is not needed
EOF
