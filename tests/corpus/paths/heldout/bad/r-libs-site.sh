# PTH202@2: R libraries by option
R CMD INSTALL --library=/home/R/site foo_1.0.tar.gz
