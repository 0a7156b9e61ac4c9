# an assertion
if [ -n "${LD_LIBRARY_PATH+x}" ]; then echo "LD_LIBRARY_PATH is set" >&2; exit 1; fi
