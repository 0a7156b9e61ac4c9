# a clean environment
env -i PATH=/usr/bin:/bin HOME=/tmp ldd /opt/x/bin/x
