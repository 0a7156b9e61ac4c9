# awk looks
awk -F= '/^LD_LIBRARY_PATH=/ { print $2 }' /etc/environment
