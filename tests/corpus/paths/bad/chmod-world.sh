# PTH211@3: a cache for everybody
install -d /opt/tool/cache
chmod -R 1777 /opt/tool/cache
