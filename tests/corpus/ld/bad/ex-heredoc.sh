# ENV104: ex heredoc
ex -s /etc/environment <<'EOF'
%s/^LD_LIBRARY_PATH=.*/LD_LIBRARY_PATH=\/opt\/x\/lib/
x
EOF
