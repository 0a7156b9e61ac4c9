# PTH202@4: configure into a home of the site
tar -xzf hdf5-1.14.3.tar.gz
cd hdf5-1.14.3
CC=mpicc ./configure --enable-parallel --prefix=/home/apps/hdf5
make -j"$(nproc)" && make install
