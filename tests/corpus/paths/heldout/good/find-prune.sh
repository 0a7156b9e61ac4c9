# quiet: find that leaves out
find / -xdev \( -path /home -o -path /tmp \) -prune -o -name '*.pyc' -delete
