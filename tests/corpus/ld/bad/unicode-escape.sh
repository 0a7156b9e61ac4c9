# ENV102: unicode escape
export $'\x4cD_LIBRARY_PATH'=/opt/x/lib
