# ENV104: /etc/default
echo 'LD_LIBRARY_PATH=/opt/x/lib' >> /etc/default/x
