# ENV104: awk v line
awk -v line='export LD_LIBRARY_PATH=/opt/x/lib' '{ print } END { print line }' x.sh.in > /opt/x/etc/x.sh
