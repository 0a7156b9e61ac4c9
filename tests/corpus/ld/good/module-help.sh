# module help
cat > /opt/modulefiles/x/1.0 <<'EOF'
#%Module
proc ModulesHelp { } { puts stderr "Does not set LD_LIBRARY_PATH=/opt/x/lib" }
module-whatis "x, no setenv LD_LIBRARY_PATH needed"
prepend-path PATH /opt/x/bin
EOF
