# quiet: the same name, but deeper
./configure --prefix=/opt/home/tool && make install
cp -r a /usr/local/scratch/a
mkdir -p /srv/global/x
