# quiet: unpacked into /tmp, installed elsewhere
unzip -q x.zip -d /tmp/x
cp -r /tmp/x/bin /opt/x/
