# env 0 read
while IFS= read -r -d '' e; do case $e in LD_LIBRARY_PATH=*) echo "bad: $e" >&2; exit 1;; esac; done < /proc/self/environ
