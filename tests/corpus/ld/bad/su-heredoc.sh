# ENV102: su heredoc
su - builder <<'EOF'
export LD_LIBRARY_PATH=/opt/x/lib
make check
EOF
