# sed vendor script
sed -i -e 's/^\s*export LD_LIBRARY_PATH=.*/:/' -e '/LD_LIBRARY_PATH=.*;\s*export/d' /opt/vendor/bin/*.sh
