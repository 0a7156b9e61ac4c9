# a commit message from stdin
git commit -q -F - <<'EOF'
build: no LD_LIBRARY_PATH

export LD_LIBRARY_PATH=/opt/x/lib is not needed any more.
EOF
