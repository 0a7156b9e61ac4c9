# cleared
unset LD_LIBRARY_PATH
make
