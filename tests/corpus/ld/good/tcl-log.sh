# tcl log
tclsh <<'EOF'
puts stderr "prepend-path LD_LIBRARY_PATH /opt/x/lib is gone"
EOF
