# ENV104: sed reads stdin
sed -i '1r /dev/stdin' /opt/x/etc/x.sh <<< 'export LD_LIBRARY_PATH=/opt/x/lib'
