# another case
export ld_library_path=/opt/x/lib
