# PTH201@2: the runtime's own folder
cmake -DCMAKE_INSTALL_PREFIX=/opt/udiImage/modules/x .. && make install
