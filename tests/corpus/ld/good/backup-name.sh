# a backup's name
export _OLD_VIRTUAL_LD_LIBRARY_PATH=/opt/x
