# PTH202@2: exported DESTDIR
export DESTDIR=/home/out
ninja -C build install
