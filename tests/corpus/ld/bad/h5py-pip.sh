# ENV103: h5py pip
HDF5_MPI=ON CC=mpicc HDF5_DIR=/opt/hdf5 LD_LIBRARY_PATH=/opt/hdf5/lib pip install --no-binary=h5py h5py
