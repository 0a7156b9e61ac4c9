# quiet: root's home as scratch, removed
cd /root && tar -xf /src/x.tar && cd x && ./configure --prefix=/opt/x && make install && rm -rf /root/x
