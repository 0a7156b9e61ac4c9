# emptied with quotes
export LD_LIBRARY_PATH="" PATH=/usr/bin
