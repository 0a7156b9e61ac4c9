# ENV102: MUMPS, quoting
export LD_"LIBRARY"_PATH='/opt/mumps'/lib
