# ENV102: if it is not empty
[ -n "$LD_LIBRARY_PATH" ] && export LD_LIBRARY_PATH=/opt/x/lib:$LD_LIBRARY_PATH || export LD_LIBRARY_PATH=/opt/x/lib
