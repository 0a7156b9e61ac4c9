# ENV102: the name by the system
case "$(uname -s)" in
  Darwin) var=DYLD_LIBRARY_PATH ;;
  *)      var=LD_LIBRARY_PATH ;;
esac
export $var=/opt/boost/lib
./b2 install
