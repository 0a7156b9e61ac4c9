# ldconfig p
ldconfig -p | while read -r name _ path; do [ -e "$path" ] || echo "LD_LIBRARY_PATH=? $name" >&2; done
