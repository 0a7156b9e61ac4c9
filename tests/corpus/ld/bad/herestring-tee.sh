# ENV104: a here-string
tee -a /etc/bash.bashrc <<< 'export LD_LIBRARY_PATH=/opt/x/lib'
