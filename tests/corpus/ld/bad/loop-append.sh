# ENV102: loop append
for lib in hdf5 netcdf pnetcdf; do
  LD_LIBRARY_PATH=$LD_LIBRARY_PATH:/opt/$lib/lib
done
export LD_LIBRARY_PATH
