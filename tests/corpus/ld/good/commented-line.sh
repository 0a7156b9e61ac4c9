# commented line
echo "# export LD_LIBRARY_PATH=/opt/x/lib" >> ~/.bashrc
