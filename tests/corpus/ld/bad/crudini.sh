# ENV108: crudini
crudini --set /etc/systemd/system/x.service Service Environment LD_LIBRARY_PATH=/opt/x/lib
