# the modules' own counter
unset LD_LIBRARY_PATH_modshare __MODULES_SHARE_LD_LIBRARY_PATH
