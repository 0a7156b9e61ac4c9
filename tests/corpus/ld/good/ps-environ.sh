# ps environ
tr '\0' '\n' < /proc/$$/environ | sed -n 's/^LD_LIBRARY_PATH=//p'
