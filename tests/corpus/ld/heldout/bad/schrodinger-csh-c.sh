# ENV102: Schroedinger, csh c
csh -f -c 'setenv LD_LIBRARY_PATH /opt/schrodinger/lib; ./run_tests.csh'
