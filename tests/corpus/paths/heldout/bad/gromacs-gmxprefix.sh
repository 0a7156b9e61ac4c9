# PTH202@3: CMake with long lists
cmake ../gromacs -DGMX_MPI=ON -DGMX_GPU=CUDA -DGMX_SIMD=AVX2_256 \
  "-DCMAKE_INSTALL_PREFIX=/scratch/gromacs" \
  -DGMX_BUILD_OWN_FFTW=ON
make -j16 && make install
