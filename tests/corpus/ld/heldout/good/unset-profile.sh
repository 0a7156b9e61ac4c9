# a profile that unsets it
echo 'unset LD_LIBRARY_PATH' > /etc/profile.d/zz-clean.sh
