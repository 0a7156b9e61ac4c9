# a name in a case
case $name in LD_LIBRARY_PATH) continue;; PATH) ;; esac
