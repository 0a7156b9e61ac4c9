# the linker's rpath
export LD_RUN_PATH=/opt/x/lib
make
