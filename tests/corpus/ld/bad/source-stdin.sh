# ENV102: sourcing a here-document
. /dev/stdin <<'EOF'
export LD_LIBRARY_PATH=/opt/x/lib
EOF
