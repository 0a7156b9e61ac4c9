# a loop that unsets
for v in LD_LIBRARY_PATH LD_PRELOAD LD_AUDIT PYTHONPATH; do
  unset "$v"
done
