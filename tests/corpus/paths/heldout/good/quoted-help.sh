# quiet: usage in a function
usage() { echo "usage: $0 --prefix=/home/you/x" >&2; exit 2; }
[ $# -gt 0 ] || usage
