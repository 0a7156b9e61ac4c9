# Amber, sed delete
sed -i '/export LD_LIBRARY_PATH=/d' /opt/amber/amber.sh
sed -i -e '/^setenv LD_LIBRARY_PATH/,+1d' /opt/amber/amber.csh
