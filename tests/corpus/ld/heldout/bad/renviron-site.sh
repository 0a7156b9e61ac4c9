# ENV104: R's environment file
R_HOME=$(R RHOME)
echo "LD_LIBRARY_PATH=/opt/gdal/lib:${R_HOME}/lib" >> /usr/lib/R/etc/Renviron.site
