# PTH202@2: INSTALL_DIR
make install INSTALL_DIR=/home/x
