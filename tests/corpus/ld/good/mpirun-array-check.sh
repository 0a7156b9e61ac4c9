# mpirun array check
args=(-x PATH -x LD_LIBRARY_PATH)
mpirun "${args[@]}" ./x
