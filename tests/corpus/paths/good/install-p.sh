# quiet: install -p is about times
install -p -m 644 a b /opt/x
