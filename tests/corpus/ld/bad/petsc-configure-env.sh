# ENV108: petsc configure env
./configure --with-mpi-dir=/opt/mpich --LDFLAGS="-L/opt/x/lib" && \
make PETSC_DIR=$PWD PETSC_ARCH=arch-linux LD_LIBRARY_PATH=$PWD/arch-linux/lib check
