# quiet: logs of the build
make -j8 > /tmp/make.log 2>&1
./configure --prefix=/opt/x 2>&1 | tee /tmp/configure.log
