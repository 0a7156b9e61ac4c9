# quiet: the replaced files, only read
grep -q licenses /etc/hosts
getent passwd root; cut -d: -f1 /etc/passwd > /opt/x/users
cp /etc/resolv.conf /opt/x/resolv.conf.example
