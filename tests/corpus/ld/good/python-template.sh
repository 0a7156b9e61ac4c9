# a template for documentation
cat > docs/env.txt <<EOF
LD_LIBRARY_PATH=/opt/x/lib
EOF
