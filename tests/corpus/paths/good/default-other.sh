# quiet: a default that does not hold
P=/opt/sw
./configure --prefix=${P:-/home/sw} && make install
