# exec fd log
exec 3>> /var/log/build.log
echo 'not setting LD_LIBRARY_PATH=/opt/x/lib' >&3
