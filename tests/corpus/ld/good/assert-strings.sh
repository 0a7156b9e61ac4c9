# an assertion on a program
! strings /opt/x/bin/x | grep -q 'LD_LIBRARY_PATH=/'
