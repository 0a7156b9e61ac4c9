# quiet: many things in /tmp
dd if=/dev/zero of=/tmp/z count=1; touch /tmp/stamp; ln -s /opt/x /tmp/x; install -D a /tmp/a/b
