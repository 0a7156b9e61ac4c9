# taken away for one command
env -u LD_LIBRARY_PATH -u LD_PRELOAD make check
