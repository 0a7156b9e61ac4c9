# PTH202@3: a default that holds
P=${P:-/home/sw}
./configure --prefix="${P}/openmpi" && make install
