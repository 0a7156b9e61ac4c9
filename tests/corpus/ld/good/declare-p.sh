# listing one
declare -p LD_LIBRARY_PATH 2>/dev/null || true
