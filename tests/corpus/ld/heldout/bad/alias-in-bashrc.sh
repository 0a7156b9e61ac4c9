# ENV104: an alias that sets it
echo "alias comsol='LD_LIBRARY_PATH=/opt/comsol/lib comsol'" >> /etc/bash.bashrc
