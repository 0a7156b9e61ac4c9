# cray other name
export CRAY_LD_LIBRARY_PATH=/opt/cray/pe/mpich/lib
cc -o hello hello.c
