# PTH201@2: a prefix in /var/tmp
cmake .. -DCMAKE_INSTALL_PREFIX=/var/tmp/x && cmake --build . -t install
