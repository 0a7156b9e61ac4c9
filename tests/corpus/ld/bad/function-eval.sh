# ENV102: function eval
add_path() { eval "$1=\"$2\${$1:+:\$$1}\"; export $1"; }
add_path LD_LIBRARY_PATH /opt/x/lib
