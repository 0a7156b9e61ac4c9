# quiet: a variable that changed
P=/home/sw
P=/opt/sw
./configure --prefix=$P && make install
