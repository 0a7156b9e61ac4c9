# into an INSTALL
echo 'export LD_LIBRARY_PATH=/opt/x/lib' >> /opt/x/INSTALL
