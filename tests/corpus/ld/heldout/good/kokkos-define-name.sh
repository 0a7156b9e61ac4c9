# Kokkos, define name
cmake -S . -B build -DTEST_LIBRARY_PATH_VARIABLE=LD_LIBRARY_PATH -DCMAKE_INSTALL_RPATH=/opt/kokkos/lib
