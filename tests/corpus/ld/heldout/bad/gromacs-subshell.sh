# ENV103: a regression test in the build tree
(cd build && LD_LIBRARY_PATH=$PWD/lib:$LD_LIBRARY_PATH ctest --output-on-failure)
