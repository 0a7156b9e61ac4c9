# quiet: /var/tmp likewise
git clone --depth=1 --branch v4.1.5 https://github.com/open-mpi/ompi.git /var/tmp/ompi
cd /var/tmp/ompi && ./configure --prefix=/usr/local/openmpi && make install
rm -rf /var/tmp/ompi
