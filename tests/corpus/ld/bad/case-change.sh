# ENV102: case change
v=ld_library_path
export "${v^^}=/opt/x/lib"
