# a tag's message
git tag -a v1 -m 'LD_LIBRARY_PATH=/x is gone'
