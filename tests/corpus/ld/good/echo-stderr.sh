# a message to stderr
echo "export LD_LIBRARY_PATH=/opt/x/lib" >&2
