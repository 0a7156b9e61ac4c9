# chrpath list
find /opt/x -name '*.so*' -exec patchelf --print-rpath {} \; | sort | uniq -c
[ -z "${LD_LIBRARY_PATH-}" ]
