# a remark
# export LD_LIBRARY_PATH=/opt/x/lib
make
