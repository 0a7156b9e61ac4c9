# PTH202@2: install -d with several
install -o root -g root -m 0755 -d /opt/a /home/b
