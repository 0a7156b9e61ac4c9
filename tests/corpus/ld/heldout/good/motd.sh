# a message of the day
echo 'Please never export LD_LIBRARY_PATH=/opt/lib' > /etc/motd
