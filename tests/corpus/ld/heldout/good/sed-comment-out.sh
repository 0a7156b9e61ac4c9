# commenting out
sed -i 's/^\(export LD_LIBRARY_PATH=.*\)$/# \1/' /opt/x/env.sh
