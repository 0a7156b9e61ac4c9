# strict check
if env | grep -q '^LD_LIBRARY_PATH=.'; then echo "LD_LIBRARY_PATH=$LD_LIBRARY_PATH must be empty" | tee /dev/stderr; exit 1; fi
