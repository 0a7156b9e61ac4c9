# ENV108: Open MPI's -x
mpirun --allow-run-as-root -np 2 -x LD_LIBRARY_PATH=/opt/ucx/lib ./hello
