# libfabric strace remove
strace -f -E LD_LIBRARY_PATH -o trace.txt fi_info
