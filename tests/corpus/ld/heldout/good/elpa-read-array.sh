# ELPA, read array
IFS=: read -ra dirs <<< "$LD_LIBRARY_PATH"
for d in "${dirs[@]}"; do ls "$d"; done
