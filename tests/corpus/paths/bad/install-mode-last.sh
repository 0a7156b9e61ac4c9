# PTH202@2: options after the operands
install tool /home/bin/tool -m 755 -o root
