# ABINIT, die
die() { echo "error: $*" >&2; exit 1; }
ldd /opt/abinit/bin/abinit | grep -q 'not found' && die "do not mend this by LD_LIBRARY_PATH=/opt/libxc/lib, link with -rpath"
true
