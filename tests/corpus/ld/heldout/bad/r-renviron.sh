# ENV104: R, renviron
echo "LD_LIBRARY_PATH=/opt/gdal/lib" >> /usr/lib/R/etc/Renviron.site
