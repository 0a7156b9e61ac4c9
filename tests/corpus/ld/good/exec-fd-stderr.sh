# exec fd stderr
exec 4>&2
echo 'export LD_LIBRARY_PATH=/opt/x/lib is not needed' >&4
