# array of names check
names=(LD_LIBRARY_PATH LD_PRELOAD)
for n in "${names[@]}"; do [[ -v $n ]] && exit 1; done
:
