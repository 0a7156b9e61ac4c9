# sphinx conf comment
cat >> docs/conf.py <<'EOF'
# export LD_LIBRARY_PATH=/opt/x/lib before building the docs
project = "x"
EOF
