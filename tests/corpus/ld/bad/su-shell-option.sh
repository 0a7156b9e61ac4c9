# ENV103: su shell option
su -l builder -s /bin/bash -c "LD_LIBRARY_PATH=/opt/x/lib make check"
