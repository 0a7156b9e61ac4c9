# ENV104: sed double quoted insert
sed -i "1i\\export LD_LIBRARY_PATH=/opt/x/lib" /opt/x/etc/x.sh
