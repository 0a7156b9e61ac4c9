# quiet: what is left out
tar --exclude=./home --exclude=./scratch -xf root.tar -C /opt/root
