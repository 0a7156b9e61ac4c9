# Slurm, export pass through
srun --export=PATH,LD_LIBRARY_PATH -n 2 ./hello
