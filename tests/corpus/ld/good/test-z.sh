# a test
test -z "$LD_LIBRARY_PATH" && ldd /opt/x/bin/x
