# ENV102: a Spack view
spack env activate -d /opt/env --without-view
export LD_LIBRARY_PATH=$(spack location -i hdf5)/lib:$LD_LIBRARY_PATH
make
