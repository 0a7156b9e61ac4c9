# ENV108: NCCL's tests
make -C nccl-tests MPI=1 MPI_HOME=/opt/mpich test LD_LIBRARY_PATH=/opt/nccl/lib
