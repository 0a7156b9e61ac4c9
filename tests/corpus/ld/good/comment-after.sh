# a remark behind a command
make install   # export LD_LIBRARY_PATH=/opt/x/lib is not needed
