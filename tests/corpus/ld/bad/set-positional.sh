# ENV102: positional parameters
set -- LD_LIBRARY_PATH /opt/x/lib
export "$1=$2"
