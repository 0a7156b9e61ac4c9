# ldconf then check
echo /opt/x/lib > /etc/ld.so.conf.d/x.conf && ldconfig && env -u LD_LIBRARY_PATH /opt/x/bin/x --version
