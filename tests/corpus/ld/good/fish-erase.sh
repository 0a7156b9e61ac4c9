# fish takes it away
echo 'set -e LD_LIBRARY_PATH' >> /etc/fish/config.fish
