# ENV103: settings in an array
settings=(CC=gcc LD_LIBRARY_PATH=/opt/x/lib)
env "${settings[@]}" make check
