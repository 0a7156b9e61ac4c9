# LIKWID, print
printenv LD_LIBRARY_PATH || true
declare -p LD_LIBRARY_PATH 2>/dev/null || echo 'LD_LIBRARY_PATH is unset'
