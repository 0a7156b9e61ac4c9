# quiet: one of two folders
cd /opt/x || cd /home/x
tar -xf /src/x.tar
