# ENV108: Slurm's --export
srun --export=ALL,LD_LIBRARY_PATH=/opt/x/lib ./x
