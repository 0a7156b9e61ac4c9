# while read empty values
while IFS='=' read -r name value; do
    export "$name=$value"
done <<'EOF'
LD_LIBRARY_PATH=
CC=gcc
EOF
