# sh c echo
timeout 5 sh -c 'echo "LD_LIBRARY_PATH=$LD_LIBRARY_PATH"'
