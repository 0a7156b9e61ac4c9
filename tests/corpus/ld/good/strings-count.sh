# strings count
strings -a /opt/x/bin/x | grep -c 'LD_LIBRARY_PATH=' || true
