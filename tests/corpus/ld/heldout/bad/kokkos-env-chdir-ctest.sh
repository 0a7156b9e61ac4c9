# ENV103: Kokkos, env chdir ctest
env -C build LD_LIBRARY_PATH="$PWD/build/core/src" ctest --output-on-failure -j2
