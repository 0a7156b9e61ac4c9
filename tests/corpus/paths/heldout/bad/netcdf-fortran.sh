# PTH202@6: several libraries in a row, one prefix
export NCDIR=/home/libs
for pkg in zlib-1.3 hdf5-1.14.3 netcdf-c-4.9.2; do
  tar -xzf /src/$pkg.tar.gz -C /tmp
  cd /tmp/$pkg
  CPPFLAGS=-I${NCDIR}/include LDFLAGS=-L${NCDIR}/lib ./configure --prefix=${NCDIR}
  make -j 8 install
  cd .. && rm -rf $pkg
done
