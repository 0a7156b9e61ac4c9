# make message
make V=1 2>&1 | tee build.log
grep -n 'LD_LIBRARY_PATH=/' build.log | tee -a found.log
