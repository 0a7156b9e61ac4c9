# zgrep
zgrep -c LD_LIBRARY_PATH=/opt/x/lib /var/log/x.gz || true
pgrep -f LD_LIBRARY_PATH=/opt/x/lib || true
