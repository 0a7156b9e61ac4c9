# Tcl looks
cat > /opt/modulefiles/y <<'EOF'
#%Module
if { [info exists env(LD_LIBRARY_PATH)] } { puts stderr "LD_LIBRARY_PATH is set" }
prepend-path PATH /opt/y/bin
EOF
