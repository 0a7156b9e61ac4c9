# ENV104: sed first line newline
sed -i '1s|^|export LD_LIBRARY_PATH=/opt/x/lib\n|' /opt/x/etc/x.sh
