# case ignore
for a; do case "$a" in LD_LIBRARY_PATH=*) ;; *) set -- "$@" "$a" ;; esac; done
