# ENV102: HDF5, dot process printf
. <(printf 'export %s=%s\n' HDF5_DIR /opt/hdf5 LD_LIBRARY_PATH /opt/hdf5/lib)
pip install --no-binary=h5py h5py
