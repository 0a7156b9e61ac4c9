# ENV102: HDF5, source process
source <(echo "export LD_LIBRARY_PATH=/opt/hdf5/lib")
h5cc -showconfig
