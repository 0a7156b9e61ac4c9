# ENV103: two prefixes configure
PATH=/opt/x/bin:$PATH LD_LIBRARY_PATH=/opt/x/lib \
  ./configure --prefix=/opt/y
