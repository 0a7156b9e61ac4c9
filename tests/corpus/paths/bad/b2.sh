# PTH202@2: boost
./bootstrap.sh --with-libraries=mpi && ./b2 install --prefix=/global/boost
