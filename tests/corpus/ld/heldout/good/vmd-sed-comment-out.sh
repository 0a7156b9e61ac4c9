# VMD, sed comment out
sed -i 's/^\( *\)\(export LD_LIBRARY_PATH=.*\)/\1# \2/' /usr/local/bin/vmd
