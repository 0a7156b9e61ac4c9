# sudoers keep
echo 'Defaults env_keep -= "LD_LIBRARY_PATH"' > /etc/sudoers.d/keep
