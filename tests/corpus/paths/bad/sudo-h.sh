# PTH202@2: sudo -H
sudo -H make install PREFIX=/home/x
