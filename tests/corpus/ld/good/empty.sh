# emptied
export LD_LIBRARY_PATH=
