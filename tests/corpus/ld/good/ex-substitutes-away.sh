# ex substitutes away
ex -s -c '%s/^LD_LIBRARY_PATH=.*$//' -c x /etc/environment
