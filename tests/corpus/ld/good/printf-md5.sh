# printf md5
printf 'export LD_LIBRARY_PATH=/opt/x/lib\n' | sha256sum
