# ENV102: R, one line
Rscript -e 'Sys.setenv(LD_LIBRARY_PATH="/opt/udunits/lib"); install.packages("units")'
