# modules that take it away
cat > /opt/modulefiles/clean/1.0 <<'EOF'
#%Module
remove-path LD_LIBRARY_PATH /opt/old/lib
unsetenv LD_LIBRARY_PATH
EOF
