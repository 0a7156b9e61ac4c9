# ENV108: mpirun array append
args=(-np 2)
args+=(-x LD_LIBRARY_PATH=/opt/x/lib)
mpirun "${args[@]}" ./x
