# into a log
env | grep LD_LIBRARY_PATH= >> build.log
echo "LD_LIBRARY_PATH=/opt/x/lib was seen" >> /var/log/x.log
