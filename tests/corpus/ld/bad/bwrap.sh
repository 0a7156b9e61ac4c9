# ENV108: bubblewrap
bwrap --ro-bind / / --setenv LD_LIBRARY_PATH /opt/x/lib x
