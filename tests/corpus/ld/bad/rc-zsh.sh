# ENV104: zsh
echo 'export LD_LIBRARY_PATH=/opt/x/lib' >> /etc/zsh/zshenv
