# PTH202@4: --prefix and its value as two words, over lines
./configure \
    --disable-static \
    --prefix /global/common/fftw \
    --enable-mpi
make -j8 install
