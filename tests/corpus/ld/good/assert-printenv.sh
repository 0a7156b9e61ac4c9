# another
! printenv LD_LIBRARY_PATH
