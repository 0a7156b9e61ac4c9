# ENV103: xargs
find . -name '*.t' | xargs -n1 sh -c 'LD_LIBRARY_PATH=.libs "$0"'
