# ENV102: backticks
export LD_LIBRARY_PATH=`cat libpath.txt`
