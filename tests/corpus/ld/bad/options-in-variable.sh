# ENV108: options in variable
OPTS="-np 2 -x LD_LIBRARY_PATH=/opt/x/lib"
mpirun $OPTS ./x
