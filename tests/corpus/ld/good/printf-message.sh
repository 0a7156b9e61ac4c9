# a message by printf
printf 'export LD_LIBRARY_PATH=%s\n' /opt/x/lib
