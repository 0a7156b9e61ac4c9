# ENV108: scons
scons install LD_LIBRARY_PATH=/opt/x/lib
