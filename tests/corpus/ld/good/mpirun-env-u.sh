# mpirun env u
mpirun -np 2 env -u LD_LIBRARY_PATH ./x
mpirun -np 2 bash -c 'test -z "$LD_LIBRARY_PATH"'
