# ENV102: ABINIT, printf v
printf -v LD_LIBRARY_PATH '%s:' /opt/abinit/lib /opt/libxc/lib
export LD_LIBRARY_PATH
