# tee log
make check 2>&1 | tee >(grep LD_LIBRARY_PATH= > found.log) > check.log
