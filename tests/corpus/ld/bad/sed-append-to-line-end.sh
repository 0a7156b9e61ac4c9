# ENV104: sed append to line end
sed -i '/^\[Service\]/a Environment=LD_LIBRARY_PATH=/opt/x/lib' /usr/lib/systemd/system/x.service
