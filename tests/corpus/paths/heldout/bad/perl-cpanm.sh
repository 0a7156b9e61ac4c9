# PTH202@2: cpanm -L
cpanm -n -L /home/perl5 Moose DBI
