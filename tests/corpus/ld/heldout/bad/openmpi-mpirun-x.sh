# ENV108: Open MPI, mpirun x
mpirun --allow-run-as-root -np 2 -x LD_LIBRARY_PATH=/opt/openmpi/lib -x PATH ./ring_c
