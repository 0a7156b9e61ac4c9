# an assertion on profiles
! grep -rq 'LD_LIBRARY_PATH=' /etc/profile.d/
