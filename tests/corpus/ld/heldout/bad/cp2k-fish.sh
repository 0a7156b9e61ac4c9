# ENV104: CP2K, fish
echo 'set -gx LD_LIBRARY_PATH /opt/cp2k/lib' > /etc/fish/conf.d/cp2k.fish
