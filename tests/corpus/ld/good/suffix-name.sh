# a name that starts so
LD_LIBRARY_PATH_MODULESHARE=/opt/x:1 make
