# documentation
cat > /opt/tool/README.md <<'EOF'
# Usage
Do not run `export LD_LIBRARY_PATH=/opt/tool/lib`, it is not needed.
EOF
