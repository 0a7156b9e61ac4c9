# compose docker empty
docker run --rm -e LD_LIBRARY_PATH= -e OMP_NUM_THREADS=4 gromacs gmx --version
