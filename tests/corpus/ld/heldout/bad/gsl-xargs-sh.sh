# ENV103: GSL, xargs sh
find . -name 't_*' -perm -u+x -print0 | xargs -0 -n1 sh -c 'LD_LIBRARY_PATH=$PWD/.libs "$0"'
