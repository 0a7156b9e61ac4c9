# the linker's variable
export LIBRARY_PATH=/opt/x/lib CPATH=/opt/x/include
