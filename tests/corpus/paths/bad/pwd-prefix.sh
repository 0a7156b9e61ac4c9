# PTH202@2: a prefix below the current folder
cd /scratch/build && ./configure --prefix=$PWD/install && make install
