# tr herestring
tr ':' '\n' <<< "$LD_LIBRARY_PATH" | sort -u
