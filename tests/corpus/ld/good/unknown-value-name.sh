# an unknown name
export "${prefix}_LIBRARY_PATH=/opt/x/lib"
