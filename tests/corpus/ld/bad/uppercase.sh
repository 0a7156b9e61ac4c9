# ENV102: letters made big
name=ld_library_path
export "${name^^}=/opt/x/lib"
