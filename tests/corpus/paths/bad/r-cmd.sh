# PTH202@2: R CMD INSTALL -l
R CMD INSTALL -l /home/rlib Rmpi_0.7-1.tar.gz --configure-args="--with-mpi=/usr/lib/mpich"
