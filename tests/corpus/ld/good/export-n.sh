# not exported
export -n LD_LIBRARY_PATH
