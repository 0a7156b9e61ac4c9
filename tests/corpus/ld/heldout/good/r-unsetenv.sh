# R, unsetenv
Rscript -e 'Sys.unsetenv("LD_LIBRARY_PATH"); stopifnot(Sys.getenv("LD_LIBRARY_PATH") == ""); library(sf)'
