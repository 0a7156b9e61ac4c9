# ENV102: NVHPC, plus equals
NVHPC=/opt/nvidia/hpc_sdk/Linux_x86_64/24.1
LD_LIBRARY_PATH+=:$NVHPC/compilers/lib
nvfortran -V
