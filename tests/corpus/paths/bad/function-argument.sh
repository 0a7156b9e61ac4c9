# PTH202@2: what a function is called with
put() { install -m 755 "$1" "$2"; }
put build/tool /home/bin/tool
