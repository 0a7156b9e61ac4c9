# ENV102: a default
: "${LD_LIBRARY_PATH:=/opt/x/lib}"
export LD_LIBRARY_PATH
