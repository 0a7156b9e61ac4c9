# quiet: PETSC_DIR in /tmp, installed to /opt
cd /tmp && git clone -b v3.20.4 --depth 1 https://gitlab.com/petsc/petsc.git && cd petsc
./configure PETSC_DIR=/tmp/petsc PETSC_ARCH=arch --prefix=/opt/petsc
make PETSC_DIR=/tmp/petsc PETSC_ARCH=arch all && make PETSC_DIR=/tmp/petsc install
rm -rf /tmp/petsc
