# ENV104: sudo bash c redirect
sudo bash -c 'echo "LD_LIBRARY_PATH=/opt/x/lib" >> /etc/environment'
