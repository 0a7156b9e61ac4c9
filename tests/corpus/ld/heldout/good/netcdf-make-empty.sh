# netCDF, make empty
make check LD_LIBRARY_PATH= TESTS_ENVIRONMENT=
