# PTH202@2: eb --installpath
eb --robot --installpath=/home/easybuild HDF5-1.14.0-gompi-2023a.eb
