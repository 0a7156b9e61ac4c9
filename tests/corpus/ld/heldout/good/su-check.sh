# su check
su - user -c 'test -z "$LD_LIBRARY_PATH" && echo "LD_LIBRARY_PATH is not set"'
