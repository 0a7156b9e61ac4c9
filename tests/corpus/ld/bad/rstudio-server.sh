# ENV104: rstudio server
echo "rsession-ld-library-path=/opt/x/lib" >> /etc/rstudio/rserver.conf
echo "LD_LIBRARY_PATH=/opt/x/lib" >> /usr/local/lib/R/etc/Renviron
