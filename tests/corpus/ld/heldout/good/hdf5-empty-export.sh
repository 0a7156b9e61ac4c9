# HDF5, empty export
export LD_LIBRARY_PATH=""
export HDF5_DIR=/opt/hdf5
make check
