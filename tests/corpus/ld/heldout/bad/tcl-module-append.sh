# ENV107: Tcl, with append-path
mkdir -p /usr/share/modules/modulefiles/mumps
cat << EOF > /usr/share/modules/modulefiles/mumps/5.6
#%Module1.0
proc ModulesHelp { } { puts stderr "MUMPS" }
set root /opt/mumps
append-path LD_LIBRARY_PATH \$root/lib
EOF
