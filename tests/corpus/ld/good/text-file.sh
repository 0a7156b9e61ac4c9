# into a text
echo 'LD_LIBRARY_PATH=/opt/x/lib' > notes.txt
