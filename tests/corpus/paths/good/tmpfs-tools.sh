# quiet: names that start like the runtime's
cmake -DCMAKE_INSTALL_PREFIX=/tmpfs-tools .. && make install
cp -r x /opt/udiImages/x
tar -C /var/tmpl -xf x.tar
