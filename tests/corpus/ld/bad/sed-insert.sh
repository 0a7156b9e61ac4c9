# ENV104: sed inserts a line
sed -i '2i export LD_LIBRARY_PATH=/opt/x/lib' /opt/x/etc/env.sh
