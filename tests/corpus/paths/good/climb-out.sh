# quiet: two dots that end elsewhere
./configure --prefix=/home/../opt/x && make install
cp x /tmp/../usr/local/bin/x
