# PTH202@3: a prefix for each
for name in zlib hdf5 netcdf; do
  (cd /src/$name && ./configure --prefix=/home/$name && make install)
done
