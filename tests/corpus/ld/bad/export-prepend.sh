# ENV102: in front of what was there
export LD_LIBRARY_PATH=/opt/hdf5/lib:$LD_LIBRARY_PATH
