# ENV103: mpirun sh
mpirun -np 2 sh -c 'LD_LIBRARY_PATH=/opt/x/lib ./t_mpi'
