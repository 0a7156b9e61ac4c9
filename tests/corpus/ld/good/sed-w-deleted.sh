# sed w deleted
sed -n '/LD_LIBRARY_PATH=/w /tmp/removed.txt' /etc/environment
sed -i '/LD_LIBRARY_PATH=/d' /etc/environment
