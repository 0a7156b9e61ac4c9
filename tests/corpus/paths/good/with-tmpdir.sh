# quiet: a place for temporary files
./configure --prefix=/opt/x --with-tmpdir=/tmp --with-scratch-dir=/scratch
make install
