# PTH202@3: options in an array
opts=(--with-slurm --prefix=/scratch/ompi)
./configure "${opts[@]}" && make install
