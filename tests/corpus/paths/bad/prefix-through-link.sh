# PTH202@3: a prefix that is a link to the site's file system
ln -s /home/sw /opt/sw
./configure --prefix=/opt/sw && make install
