# ENV103: STREAM, numactl
numactl --cpunodebind=0 env OMP_NUM_THREADS=8 LD_LIBRARY_PATH=/opt/aocc/lib ./stream
