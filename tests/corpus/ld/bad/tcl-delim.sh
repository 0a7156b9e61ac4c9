# ENV107: with a delimiter
cat > /etc/modulefiles/nag <<'E'
#%Module1.0
append-path -d : LD_LIBRARY_PATH /opt/nag/lib
E
