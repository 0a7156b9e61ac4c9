# GCC, run path
export LD_RUN_PATH=/opt/gcc-13/lib64 LIBRARY_PATH=/opt/gcc-13/lib64
make LDFLAGS="-Wl,-rpath,$LD_RUN_PATH"
