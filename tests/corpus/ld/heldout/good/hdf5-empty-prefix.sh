# HDF5, empty prefix
LD_LIBRARY_PATH= make check
