# ldd awk message
ldd /opt/qe/bin/pw.x | awk '/not found/ { print "link with -rpath, not LD_LIBRARY_PATH=/opt/qe/lib"; bad = 1 } END { exit bad }'
