# quiet: output of a compiler with a glob
nvcc -o /opt/x/bin/t t.cu -I/scratch/include && strip /opt/x/bin/t
