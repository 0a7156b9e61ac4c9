# PTH202@3: options in a variable
OPTS="--prefix=/home/ompi --enable-mpi1-compatibility"
./configure $OPTS && make install
