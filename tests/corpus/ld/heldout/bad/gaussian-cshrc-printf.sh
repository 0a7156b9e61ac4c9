# ENV104: Gaussian, cshrc printf
printf 'setenv %s %s\n' LD_LIBRARY_PATH /opt/g16/bsd >> /etc/csh.cshrc
