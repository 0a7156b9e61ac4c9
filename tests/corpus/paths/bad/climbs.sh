# PTH202@2: two dots that climb
./configure --prefix=/opt/../home/x
make install
