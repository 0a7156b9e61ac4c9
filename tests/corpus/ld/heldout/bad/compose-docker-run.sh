# ENV108: compose docker run
docker run --rm -e LD_LIBRARY_PATH=/usr/local/nvidia/lib64 --gpus all nvcr.io/hpc/gromacs:2023.2 gmx --version
