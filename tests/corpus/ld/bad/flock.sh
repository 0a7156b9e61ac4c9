# ENV103: under a lock
flock /tmp/lock -c 'LD_LIBRARY_PATH=/opt/x/lib make check'
