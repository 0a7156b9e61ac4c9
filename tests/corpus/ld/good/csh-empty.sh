# csh empties it
echo 'setenv LD_LIBRARY_PATH ""' > /etc/profile.d/x.csh
