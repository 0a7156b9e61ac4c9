# ENV102: tcl script
tclsh <<'EOF'
set env(LD_LIBRARY_PATH) /opt/x/lib
exec ./x
EOF
