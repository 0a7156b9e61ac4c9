# PTH201@2: a prefix in /tmp that stays
./configure --prefix=/tmp/openmpi && make install
