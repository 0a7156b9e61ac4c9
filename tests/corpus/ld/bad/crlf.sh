# ENV102: a Windows editor
export LD_LIBRARY_PATH=/opt/x/lib
