# WIEN2k, question
: "${LD_LIBRARY_PATH:?the site sets it}"
echo "libraries: ${LD_LIBRARY_PATH:-none}"
