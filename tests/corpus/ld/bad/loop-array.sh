# ENV102: an array of names
names=(PATH LD_LIBRARY_PATH)
for n in "${names[@]}"; do declare -x "$n=/opt/x"; done
