# PTH202@2: make install PREFIX=
make -C /src/samtools -j4 install PREFIX=/scratch/samtools
