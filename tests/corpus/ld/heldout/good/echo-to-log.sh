# written into a log
echo "export LD_LIBRARY_PATH=$LD_LIBRARY_PATH" >> /var/log/build.log
