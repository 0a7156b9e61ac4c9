# ENV102: R, rscript setenv
Rscript -e 'Sys.setenv(LD_LIBRARY_PATH="/opt/gdal/lib"); install.packages("sf")'
