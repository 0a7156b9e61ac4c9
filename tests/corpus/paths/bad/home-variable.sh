# PTH207@2: $HOME inside a word
cmake -DCMAKE_INSTALL_PREFIX="${HOME}/.local" .. && make install
