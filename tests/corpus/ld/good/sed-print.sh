# only looking
sed -n '/^export LD_LIBRARY_PATH=/p' /etc/profile
