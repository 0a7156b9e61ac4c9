# MPICH, comment
# MPICH's wrappers know their RUNPATH: export LD_LIBRARY_PATH=/opt/mpich/lib is not needed
./configure --prefix=/opt/mpich LDFLAGS=-Wl,-rpath,/opt/mpich/lib  # nor LD_LIBRARY_PATH=/opt/mpich/lib
make install
