# PTH202@2: a version that only running tells
./configure --prefix=/home/sw/tool-$(git describe --tags) && make install
