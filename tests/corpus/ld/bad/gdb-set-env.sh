# ENV108: gdb set env
gdb -batch -ex 'set environment LD_LIBRARY_PATH /opt/x/lib' -ex run ./x
