# quiet: a folder asked for in a case
case "$1" in
  /home/*) echo "not below /home" >&2; exit 1 ;;
  *) ./configure --prefix=/opt/x ;;
esac
