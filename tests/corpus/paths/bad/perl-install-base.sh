# PTH202@2: Makefile.PL
perl Makefile.PL INSTALL_BASE=/home/perl5
make && make install
