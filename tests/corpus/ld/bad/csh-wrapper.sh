# ENV106: a wrapper in csh
cat > /opt/charmm/bin/charmm.csh <<'EOF'
#!/bin/csh -f
setenv LD_LIBRARY_PATH /opt/charmm/lib
exec /opt/charmm/charmm $argv
EOF
