# a script that refuses it
for arg in "$@"; do
  case $arg in
    LD_LIBRARY_PATH=*) echo "no" >&2; exit 2 ;;
  esac
done
