# Intel, for unset
for v in LD_LIBRARY_PATH LD_PRELOAD LD_AUDIT; do
    unset "$v"
done
