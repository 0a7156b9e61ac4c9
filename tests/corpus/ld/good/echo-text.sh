# a message
echo "set LD_LIBRARY_PATH=/opt/x/lib if you must"
