# quiet: a temporary folder of its own
work=$(mktemp -d)
cd "$work"
./configure --prefix=/opt/x && make install
cd / && rm -rf "$work"
