# ENV102: while read line
while read -r line; do
    export "$line"
done <<'EOF'
CC=gcc
LD_LIBRARY_PATH=/opt/x/lib
EOF
