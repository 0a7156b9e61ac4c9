# PTH202@3: PETSc's configure in Python
cd petsc-3.20.4
python3 ./configure --with-cc=mpicc --with-fc=mpif90 --prefix=/global/petsc --download-hypre
make all install
