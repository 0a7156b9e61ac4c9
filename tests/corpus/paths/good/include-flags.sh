# quiet: flags of the compiler
gcc -I/home/build/include -L/scratch/lib -o /opt/x/bin/x x.c
make CFLAGS="-I/tmp/deps/include" PREFIX=/opt/x install
