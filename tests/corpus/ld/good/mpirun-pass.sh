# Open MPI hands on what there is
mpirun -x LD_LIBRARY_PATH -np 2 ./x
