# declare n unset
declare -n ref=LD_LIBRARY_PATH
unset ref
ref=
