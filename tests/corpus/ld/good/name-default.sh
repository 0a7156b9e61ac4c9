# name default
: "${LIBVAR:=LD_LIBRARY_PATH}"
echo "the loader reads $LIBVAR"
