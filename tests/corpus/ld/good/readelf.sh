# looking at a program
readelf -d /opt/x/bin/x | grep -E 'RUNPATH|RPATH' || { echo 'would need LD_LIBRARY_PATH=/opt/x/lib'; exit 1; }
