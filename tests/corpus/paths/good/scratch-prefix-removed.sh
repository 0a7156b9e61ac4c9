# quiet: a helper that is built in /tmp and removed
cmake -S helper -B b -DCMAKE_INSTALL_PREFIX=/tmp/helper && cmake --build b --target install
PATH=/tmp/helper/bin:$PATH ./build.sh --prefix=/opt/x
rm -rf /tmp/helper
