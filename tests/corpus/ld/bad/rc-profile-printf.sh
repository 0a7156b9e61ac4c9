# ENV104: printf with the name as an argument
printf 'export %s=%s\n' PATH '/opt/x/bin:$PATH' LD_LIBRARY_PATH /opt/x/lib > /etc/profile.d/x.sh
