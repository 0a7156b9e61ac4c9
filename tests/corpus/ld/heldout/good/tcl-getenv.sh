# tcl getenv
tclsh <<'EOF'
if {[info exists env(LD_LIBRARY_PATH)]} { unset env(LD_LIBRARY_PATH) }
puts "LD_LIBRARY_PATH=[array get env LD_LIBRARY_PATH]"
EOF
