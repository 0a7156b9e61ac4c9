# ENV104: several files
for rc in /etc/bash.bashrc /etc/zsh/zshrc; do
  echo 'export LD_LIBRARY_PATH=/opt/x/lib' >> "$rc"
done
