# ENV108: MPICH, mpiexec genv
mpiexec -n 2 -genv LD_LIBRARY_PATH /opt/mpich/lib ./cpi
