# ctest exclude
ctest -E 'LD_LIBRARY_PATH=|rpath' --output-on-failure
