# PTH202@2: a link in a mount
ln -sfn /opt/tool/1.0 /home/tool
