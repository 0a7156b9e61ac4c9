# echo bash c
echo bash -c 'export LD_LIBRARY_PATH=/opt/x/lib; ./x'
