# PTH202@2: python setup.py install --prefix
cd /src/h5py && HDF5_MPI=ON python3 setup.py install --prefix=/home/py
