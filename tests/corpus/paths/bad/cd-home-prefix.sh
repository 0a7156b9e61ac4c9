# PTH207@2: a prefix below root's home
cd && ./configure --prefix=$PWD/local && make install
