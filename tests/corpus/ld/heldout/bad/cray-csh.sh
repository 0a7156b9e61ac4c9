# ENV104: for users of csh
echo 'if ( ! $?LD_LIBRARY_PATH ) setenv LD_LIBRARY_PATH ""' > /etc/csh.login
echo 'setenv LD_LIBRARY_PATH /opt/tool/lib:$LD_LIBRARY_PATH' >> /etc/csh.login
