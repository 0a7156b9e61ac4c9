# quiet: comments
# ./configure --prefix=/home/sw
./configure --prefix=/opt/sw   # not --prefix=/scratch/sw, which the site mounts
: make install DESTDIR=/home
