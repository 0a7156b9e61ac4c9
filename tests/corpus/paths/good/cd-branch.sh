# quiet: a folder in one branch
if [ -d /home/x ]; then cd /home/x; else cd /opt/x; fi
make install prefix=out
