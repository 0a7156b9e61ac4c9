# R takes it away
Rscript -e 'Sys.unsetenv("LD_LIBRARY_PATH")'
