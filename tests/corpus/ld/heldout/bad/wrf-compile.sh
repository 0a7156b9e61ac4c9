# ENV102: WRF's well-known libraries folder
export DIR=/opt/wrf/LIBRARIES
export NETCDF=$DIR/netcdf
export LDFLAGS=-L$DIR/grib2/lib
export CPPFLAGS=-I$DIR/grib2/include
export LD_LIBRARY_PATH=$DIR/netcdf/lib:$DIR/grib2/lib
./compile em_real >& log.compile
