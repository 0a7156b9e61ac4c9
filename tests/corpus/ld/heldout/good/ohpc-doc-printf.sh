# OpenHPC, doc printf
printf 'Do not add\n  export LD_LIBRARY_PATH=%s\nto your profile.\n' /opt/ohpc/lib > /usr/share/doc/ohpc/README.Debian
