# VisIt, awk filter
awk '!/LD_LIBRARY_PATH=/' /opt/visit/bin/frontendlauncher > /tmp/launcher
install -m 755 /tmp/launcher /opt/visit/bin/frontendlauncher
