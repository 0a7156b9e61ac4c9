# the loader's configuration
printf '/opt/x/lib\n/opt/y/lib\n' > /etc/ld.so.conf.d/x.conf
ldconfig   # instead of LD_LIBRARY_PATH=/opt/x/lib
