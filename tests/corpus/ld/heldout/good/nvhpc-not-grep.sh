# NVHPC, not grep
! grep -E '^(setenv|export) +LD_LIBRARY_PATH[ =]' /etc/profile.d/*.sh /etc/csh.cshrc
