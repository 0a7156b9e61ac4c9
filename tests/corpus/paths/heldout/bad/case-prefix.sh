# PTH202@6: a prefix by the kind of machine
case $(uname -m) in
  x86_64) PFX=/home/x86 ;;
  *) PFX=/home/other ;;
esac
make PREFIX="$PFX" install
