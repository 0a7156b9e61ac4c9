# renaming it
sed -i 's/LD_LIBRARY_PATH=/OLD_LIBRARY_PATH=/' /opt/x/run.sh
