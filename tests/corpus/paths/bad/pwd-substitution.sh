# PTH202@3: and with $(pwd)
cd /home/src/x
cmake -DCMAKE_INSTALL_PREFIX=$(pwd)/inst . && make install
