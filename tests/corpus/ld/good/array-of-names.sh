# names in an array, unset
names=(LD_LIBRARY_PATH LD_PRELOAD)
unset "${names[@]}"
