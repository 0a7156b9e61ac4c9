# quiet: queries
rpm -ql x | grep ^/home || true
dpkg -L x | grep -v /scratch
