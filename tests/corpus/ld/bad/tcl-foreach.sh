# ENV107: tcl foreach
cat > /opt/modulefiles/y/1 <<'EOF'
#%Module
if { [module-info mode load] } { prepend-path LD_LIBRARY_PATH /opt/y/lib }
EOF
