# quiet: cmake options that are no prefix
cmake -DCMAKE_INSTALL_PREFIX=/opt/x -DTEST_DATA_DIR=/tmp/data -DFETCHCONTENT_BASE_DIR=/tmp/fc -DCMAKE_PREFIX_PATH=/home/build/deps ..
make install
