# listing
export -p | grep LD_LIBRARY_PATH
