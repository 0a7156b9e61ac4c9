# ENV103: env continuation
env CC=mpicc \
    LD_LIBRARY_PATH=/opt/mpich/lib \
    python3 setup.py build_ext
