# ENV102: assigned, then exported
LD_LIBRARY_PATH=/opt/netcdf/lib
export LD_LIBRARY_PATH
