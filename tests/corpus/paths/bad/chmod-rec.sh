# PTH211@2: ugo+rwx
chmod -R ugo+rwx /opt/app/data
