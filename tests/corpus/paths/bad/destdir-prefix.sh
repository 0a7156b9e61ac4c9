# PTH202@2: DESTDIR before the command
cd build && DESTDIR=/home/stage ninja install
