# ENV106: csh wrapper
cat > /usr/local/bin/xmgr <<'EOF'
#!/bin/csh -f
setenv LD_LIBRARY_PATH /opt/xmgr/lib
exec /opt/xmgr/bin/xmgr $*
EOF
