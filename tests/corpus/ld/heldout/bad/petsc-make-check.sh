# ENV108: an argument for make
make -C $PETSC_DIR PETSC_ARCH=arch-linux-c-opt LD_LIBRARY_PATH=/opt/petsc/lib check
