# shebang env S empty
cat > /opt/x/bin/x <<'EOF'
#!/usr/bin/env -S LD_LIBRARY_PATH= python3
print("x")
EOF
