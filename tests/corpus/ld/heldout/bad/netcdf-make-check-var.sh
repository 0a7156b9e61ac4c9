# ENV108: netCDF, make check var
make -j8 && make check LD_LIBRARY_PATH=/opt/hdf5/lib && make install
