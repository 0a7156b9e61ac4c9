# emptied for one command
env LD_LIBRARY_PATH= ./configure
