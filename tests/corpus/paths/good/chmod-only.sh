# quiet: modes of what is there
chmod 1777 /tmp /var/tmp
chmod 755 /home
chmod -R a+rX /opt/tool
