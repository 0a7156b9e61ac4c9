# quiet: several downloads in /tmp
cd /tmp
for f in a b c; do wget -q https://example.org/$f.tgz && tar xzf $f.tgz && (cd $f && ./configure --prefix=/usr/local && make install); done
rm -rf /tmp/*
