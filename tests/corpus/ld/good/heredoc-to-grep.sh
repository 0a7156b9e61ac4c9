# a test of a parser
grep -c LD_ <<'EOF'
export LD_LIBRARY_PATH=/opt/x/lib
EOF
