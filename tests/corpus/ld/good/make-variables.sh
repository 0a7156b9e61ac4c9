# make's own
make LDFLAGS="-L/opt/x/lib -Wl,-rpath,/opt/x/lib" LD=ld
