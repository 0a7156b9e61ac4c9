# ENV103: WRF, timeout env
timeout --signal=KILL 600 env LD_LIBRARY_PATH=/opt/netcdf/lib ./wrf.exe
