# quiet: downloaded, unpacked and built in /tmp, installed elsewhere
cd /tmp
wget -q https://www.mpich.org/static/downloads/4.1.2/mpich-4.1.2.tar.gz
tar xzf mpich-4.1.2.tar.gz
cd mpich-4.1.2
./configure --prefix=/usr/local/mpich --disable-fortran
make -j8 && make install
rm -rf /tmp/mpich*
