# ENV103: PETSc's configure
cd petsc && LD_LIBRARY_PATH=/opt/blas/lib ./configure --with-blaslapack-dir=/opt/blas
