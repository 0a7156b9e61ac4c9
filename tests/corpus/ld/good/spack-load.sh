# Spack
spack load hdf5; test -n "$LD_LIBRARY_PATH" || true
