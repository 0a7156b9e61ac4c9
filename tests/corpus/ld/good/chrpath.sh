# the old tool
chrpath -r /opt/x/lib /opt/x/bin/x; echo 'LD_LIBRARY_PATH=... not needed'
