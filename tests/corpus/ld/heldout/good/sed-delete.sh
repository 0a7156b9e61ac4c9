# deleting lines
sed -i -e '/LD_LIBRARY_PATH/d' -e 's/export LD_LIBRARY_PATH=.*//' /opt/x/bin/activate
