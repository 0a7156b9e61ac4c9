# quiet: modes for everybody to read
chmod -R a+rX,go-w /opt/tool
chmod 755 /opt/tool/bin/*
chmod 777 /tmp/build && rm -rf /tmp/build
