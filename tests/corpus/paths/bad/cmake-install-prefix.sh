# PTH202@4: cmake --install --prefix
cmake -B build -DCMAKE_BUILD_TYPE=Release
cmake --build build
cmake --install build --prefix /cvmfs/sw/adios2
