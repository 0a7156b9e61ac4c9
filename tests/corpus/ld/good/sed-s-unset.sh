# replacing by unset
sed -i 's/^export LD_LIBRARY_PATH=.*/unset LD_LIBRARY_PATH/' /opt/x/run.sh
