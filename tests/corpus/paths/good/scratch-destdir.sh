# quiet: staged in /tmp, then copied
make DESTDIR=/tmp/stage install
cp -a /tmp/stage/usr/local/. /opt/tool/
rm -rf /tmp/stage
