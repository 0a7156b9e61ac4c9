# ENV102: SIESTA, read herestring
IFS= read -r LD_LIBRARY_PATH <<< /opt/siesta/lib
export LD_LIBRARY_PATH
