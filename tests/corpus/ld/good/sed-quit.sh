# sed quit
sed -n '/^export LD_LIBRARY_PATH=/{p;q1}' /etc/profile > /dev/null
