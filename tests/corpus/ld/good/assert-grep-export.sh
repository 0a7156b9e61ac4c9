# with an export in the pattern
! grep -q 'export LD_LIBRARY_PATH=/opt' /etc/environment
