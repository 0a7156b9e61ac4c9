# heredoc to function
log() { cat >&2; }
log <<'EOF'
export LD_LIBRARY_PATH=/opt/x/lib is history
EOF
