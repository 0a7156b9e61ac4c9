# ENV102: a name reference
declare -n target=LD_LIBRARY_PATH
target=/opt/x/lib
export LD_LIBRARY_PATH
