# commenting out
sed -i 's/^export LD_LIBRARY_PATH=/# &/' /opt/x/run.sh
