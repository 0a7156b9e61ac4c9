# a hint for people
cat >&2 <<EOF
error: libfoo.so not found; do not set LD_LIBRARY_PATH=/opt/foo/lib,
link with an rpath instead
EOF
exit 1
