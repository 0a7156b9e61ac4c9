# ENV107: easybuild module footer
cat > eb.cfg <<'EOF'
[override]
modules-footer = setenv("LD_LIBRARY_PATH", "/opt/x/lib")
EOF
echo 'setenv("LD_LIBRARY_PATH", "/opt/x/lib")' >> /opt/modules/all/x/1.0.lua
