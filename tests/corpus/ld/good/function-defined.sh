# a function with another name's call
prepend() { export "$1=$2:${!1}"; }
prepend PATH /opt/x/bin
prepend MANPATH /opt/x/man   # not LD_LIBRARY_PATH
