# ENV103: HDF5's tests
LD_LIBRARY_PATH="$PWD/src/.libs" make -C test check
