# ENV103: rocBLAS, flock
flock /tmp/gpu.lock -c 'LD_LIBRARY_PATH=/opt/rocm/lib ./rocblas-test --gtest_filter=*quick*'
