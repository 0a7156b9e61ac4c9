# save, clear, restore
saved_ld="${LD_LIBRARY_PATH-}"
unset LD_LIBRARY_PATH
make check
echo "was: $saved_ld"
