# quiet: a prefix in /tmp that is moved
./configure --prefix=/tmp/out && make install
mv /tmp/out /opt/out
