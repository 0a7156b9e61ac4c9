# ENV104: systemd's environment.d
mkdir -p /etc/environment.d
echo LD_LIBRARY_PATH=/opt/x/lib > /etc/environment.d/10-x.conf
