# another name that ends so
export SPACK_LD_LIBRARY_PATH=/opt/x MY_LD_LIBRARY_PATH=/opt/y
