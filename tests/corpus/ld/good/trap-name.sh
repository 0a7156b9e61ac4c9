# a trap that clears
trap 'unset LD_LIBRARY_PATH' EXIT
