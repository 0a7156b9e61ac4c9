# ENV102: GCC, declare n
declare -n libpath=LD_LIBRARY_PATH
libpath=/opt/gcc-13/lib64
export LD_LIBRARY_PATH
gfortran --version
