# PTH202@2: -DCMAKE_INSTALL_PREFIX=
cmake -S kokkos -B kokkos-build -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX=/global/common/kokkos
cmake --build kokkos-build --target install
