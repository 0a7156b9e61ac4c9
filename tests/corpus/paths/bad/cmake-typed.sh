# PTH202@4: -D NAME:PATH=value
mkdir build && cd build
cmake -G Ninja \
  -D CMAKE_INSTALL_PREFIX:PATH=/scratch/sw/trilinos \
  -D Trilinos_ENABLE_MueLu=ON ..
ninja install
