# PTH202@2: env before make
env DESTDIR=/home/stage make install
