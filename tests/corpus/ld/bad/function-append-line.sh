# ENV104: function append line
append_once() { grep -qxF "$2" "$1" || echo "$2" >> "$1"; }
append_once /root/.bashrc 'export LD_LIBRARY_PATH=/opt/x/lib'
