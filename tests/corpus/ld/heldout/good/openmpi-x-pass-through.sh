# Open MPI, x pass through
mpirun -np 2 -x LD_LIBRARY_PATH -x PATH ./ring_c
