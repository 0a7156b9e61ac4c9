# R reads
Rscript -e 'stopifnot(Sys.getenv("LD_LIBRARY_PATH") == "")'
