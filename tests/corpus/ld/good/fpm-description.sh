# fpm description
fpm -s dir -t deb --description="Libraries, without LD_LIBRARY_PATH=/opt/x/lib" -n x .
