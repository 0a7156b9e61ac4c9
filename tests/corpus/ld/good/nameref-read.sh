# a name reference that reads
declare -n ref=LD_LIBRARY_PATH
echo "$ref"
