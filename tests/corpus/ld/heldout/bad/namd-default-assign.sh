# ENV102: NAMD, default assign
: "${LD_LIBRARY_PATH:=/opt/namd/lib}"
export LD_LIBRARY_PATH
