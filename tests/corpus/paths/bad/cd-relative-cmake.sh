# PTH202@3: a relative prefix after cd
mkdir -p /opt/x; cd /global/y/build
make install prefix=../out
