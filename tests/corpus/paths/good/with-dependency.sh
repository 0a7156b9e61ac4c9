# quiet: where a dependency is
./configure --prefix=/opt/x --with-zlib=/home/build/zlib --with-hdf5=/scratch/hdf5
