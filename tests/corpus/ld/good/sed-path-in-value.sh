# another variable's replacement
sed -i '/LD_LIBRARY_PATH=/s/export PATH=.*/export PATH=\/opt\/x\/bin/' /etc/profile
