# quiet: HOME for the build alone
export HOME=/tmp
./configure --prefix=/opt/tool && make install
