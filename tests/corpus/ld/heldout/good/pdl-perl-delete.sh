# PDL, perl delete
perl -e 'delete $ENV{LD_LIBRARY_PATH}; die "LD_LIBRARY_PATH=$ENV{LD_LIBRARY_PATH}" if $ENV{LD_LIBRARY_PATH}; exec "make", "test"'
