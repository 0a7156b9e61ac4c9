# while read unset
while read -r name; do unset "$name"; done <<'EOF'
LD_LIBRARY_PATH
LD_PRELOAD
EOF
