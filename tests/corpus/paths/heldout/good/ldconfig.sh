# quiet: a list for the loader
echo /opt/x/lib > /etc/ld.so.conf.d/x.conf && ldconfig
