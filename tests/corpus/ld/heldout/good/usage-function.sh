# a usage text
usage() {
  cat <<EOF
usage: $0 [options]
  LD_LIBRARY_PATH=/path $0   is not supported
EOF
}
usage
