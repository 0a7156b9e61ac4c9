# sudoers env delete
echo 'Defaults env_delete += "LD_LIBRARY_PATH LD_PRELOAD"' > /etc/sudoers.d/env
