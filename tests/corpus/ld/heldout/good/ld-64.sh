# IRIX and HP
export LD_LIBRARY_PATH_64=/opt/x/lib64 LD_LIBRARYN32_PATH=/opt/x/lib32
