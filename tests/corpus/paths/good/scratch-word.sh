# quiet: scratch, home and global as words
make scratch home=1 global
./configure --enable-global --with-home --prefix=/opt/x
