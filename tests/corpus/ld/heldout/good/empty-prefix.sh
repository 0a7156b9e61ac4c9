# emptied for one command
LD_LIBRARY_PATH= ldd /opt/x/bin/x | grep -c 'not found' | grep -qx 0
