# configure rpath
./configure --prefix=/opt/x LDFLAGS="-Wl,-rpath,/opt/x/lib"   # no LD_LIBRARY_PATH=/opt/x/lib
