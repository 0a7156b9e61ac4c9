# quiet: removed by braces
make install PREFIX=/tmp/a && ./use /tmp/a && rm -rf /tmp/{a,b}
