# ENV102: the plainest
export LD_LIBRARY_PATH=/opt/x/lib
