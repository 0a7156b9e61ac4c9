# reading with a default
echo "${LD_LIBRARY_PATH:-nothing}"
