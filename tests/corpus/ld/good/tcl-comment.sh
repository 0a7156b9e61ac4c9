# a remark in Tcl
printf '#%%Module\n# prepend-path LD_LIBRARY_PATH /opt/x/lib\nprepend-path PATH /opt/x/bin\n' > /opt/modulefiles/x
