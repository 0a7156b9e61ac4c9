# ENV104: fish
echo 'set -x LD_LIBRARY_PATH /opt/x/lib' >> /etc/fish/config.fish
