# written to nowhere
echo 'export LD_LIBRARY_PATH=/x' > /dev/null
