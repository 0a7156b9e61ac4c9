# listing names
compgen -v | grep -x LD_LIBRARY_PATH
