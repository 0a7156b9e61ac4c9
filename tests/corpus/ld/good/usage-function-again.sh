# usage function
usage() {
    cat <<EOF
usage: $0 [LD_LIBRARY_PATH=/opt/x/lib] command
EOF
}
usage
