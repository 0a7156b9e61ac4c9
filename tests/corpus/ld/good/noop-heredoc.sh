# a block of remarks
: <<'EOF'
export LD_LIBRARY_PATH=/opt/x/lib
EOF
