# written to stderr by its name
echo "export LD_LIBRARY_PATH=/opt/x/lib" > /dev/stderr
