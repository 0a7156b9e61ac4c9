# diff heredoc
diff - <(env | grep '^LD_') <<'EOF'
LD_LIBRARY_PATH=/opt/x/lib
EOF
