# quiet: R in /opt, sources from a mount
R CMD INSTALL -l /opt/rlib /tmp/Rmpi.tar.gz
Rscript -e 'install.packages("x", lib="/opt/R", destdir="/tmp")'
