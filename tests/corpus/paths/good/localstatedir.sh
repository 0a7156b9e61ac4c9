# quiet: where a program writes at run time
./configure --prefix=/opt/munge --sysconfdir=/opt/munge/etc --localstatedir=/var --runstatedir=/run
make install
