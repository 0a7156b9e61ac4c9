# deleting lines
sed -i '/LD_LIBRARY_PATH=/d' /opt/x/setvars.sh
