# PTH202@2: DESTDIR as a make variable
make -C /src/slurm DESTDIR=/global/root install
