# ENV108: a variable for configure
./configure --prefix=/opt/netcdf CPPFLAGS=-I/opt/hdf5/include LDFLAGS=-L/opt/hdf5/lib LD_LIBRARY_PATH=/opt/hdf5/lib
