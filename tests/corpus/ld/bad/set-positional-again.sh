# ENV102: set positional
set -- CC=gcc LD_LIBRARY_PATH=/opt/x/lib
export "$@"
