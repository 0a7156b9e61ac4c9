# ENV104: tcl writes
tclsh <<'EOF'
set fh [open /etc/profile.d/x.sh w]
puts $fh "export LD_LIBRARY_PATH=/opt/x/lib"
close $fh
EOF
