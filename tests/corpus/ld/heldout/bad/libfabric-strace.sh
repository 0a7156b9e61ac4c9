# ENV108: libfabric strace
strace -f -o trace.txt -E LD_LIBRARY_PATH=/opt/libfabric/lib fi_pingpong
