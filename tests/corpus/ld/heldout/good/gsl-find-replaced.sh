# GSL, find replaced
find ${LD_LIBRARY_PATH//:/ } -name 'libgsl.so*' -print
