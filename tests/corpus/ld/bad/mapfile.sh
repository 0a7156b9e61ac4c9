# ENV102: names from a here-string
mapfile -t names <<< $'PATH\nLD_LIBRARY_PATH'
for n in "${names[@]}"; do export "$n=/opt/x"; done
