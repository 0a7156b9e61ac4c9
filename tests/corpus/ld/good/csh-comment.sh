# a remark in csh
echo '# setenv LD_LIBRARY_PATH /opt/x/lib' > /etc/profile.d/x.csh
