# ENV102: WRF under csh
csh -c 'setenv NETCDF /opt/netcdf; setenv LD_LIBRARY_PATH $NETCDF/lib; ./compile em_real'
