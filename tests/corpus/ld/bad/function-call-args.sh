# ENV102: pathmunge
add_path() {
  eval "export $1=\"$2:\$$1\""
}
add_path LD_LIBRARY_PATH /opt/x/lib
