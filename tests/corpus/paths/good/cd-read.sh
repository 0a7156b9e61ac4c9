# quiet: only read after cd
cd /home/src && make && cp -r out /opt/x && ls
