# quiet: a test program in /tmp
mpicc -o /tmp/hello hello.c && /tmp/hello && rm /tmp/hello
