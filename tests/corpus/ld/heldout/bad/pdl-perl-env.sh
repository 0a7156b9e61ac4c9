# ENV102: PDL, perl env
perl -e '$ENV{LD_LIBRARY_PATH} = "/opt/hdf4/lib"; exec "make", "test"'
