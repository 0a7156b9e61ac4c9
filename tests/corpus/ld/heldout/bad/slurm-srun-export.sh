# ENV108: Slurm, srun export
srun --export=ALL,LD_LIBRARY_PATH=/opt/pmix/lib -n 2 ./hello
