# ENV108: the same by mamba
mamba env config vars set CUDA_HOME=/usr/local/cuda LD_LIBRARY_PATH=/usr/local/cuda/lib64
