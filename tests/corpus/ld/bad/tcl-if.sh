# ENV107: under a condition
cat > /etc/modulefiles/pgi <<'E'
#%Module1.0
if { [file isdirectory /opt/pgi/lib] } { prepend-path LD_LIBRARY_PATH /opt/pgi/lib }
E
