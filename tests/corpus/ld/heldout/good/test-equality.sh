# comparing
[[ "$LD_LIBRARY_PATH" == "/opt/x/lib" ]] && { echo "LD_LIBRARY_PATH=/opt/x/lib is inherited"; exit 1; }
