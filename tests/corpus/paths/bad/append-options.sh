# PTH202@4: options that are added
opts="--enable-shared"
opts+=" --prefix=/home/x"
./configure $opts && make install
