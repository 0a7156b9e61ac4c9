# sudo's configuration
echo 'Defaults env_delete += "LD_LIBRARY_PATH"' > /etc/sudoers.d/x
