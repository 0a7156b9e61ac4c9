# PTH202@2: install -D with modes
install -D -m 0755 -o root build/tool /home/bin/tool
