# Open MPI, unset
unset LD_LIBRARY_PATH
mpirun --allow-run-as-root -np 2 ./ring_c
