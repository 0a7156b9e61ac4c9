# bash compare
[[ $LD_LIBRARY_PATH == */opt/* ]] && exit 1
[ "$LD_LIBRARY_PATH" = "/opt/x/lib" ] && exit 1
:
