# csh takes it away
csh -c 'unsetenv LD_LIBRARY_PATH; make'
