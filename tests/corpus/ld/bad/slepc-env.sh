# ENV103: by env, with others
env PETSC_DIR=/opt/petsc SLEPC_DIR=$PWD LD_LIBRARY_PATH=/opt/petsc/lib make check
