# ENV107: setenv in Tcl
cat > /opt/privatemodules/old <<'E'
#%Module1.0
setenv LD_LIBRARY_PATH "/opt/old/lib"
E
