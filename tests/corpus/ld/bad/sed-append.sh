# ENV104: sed appends a line
sed -i '/^export PATH/a\export LD_LIBRARY_PATH=/opt/x/lib' /etc/profile
