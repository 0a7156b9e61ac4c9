# ENV102: mapfile lines
mapfile -t lines <<'EOF'
LD_LIBRARY_PATH=/opt/x/lib
CC=gcc
EOF
for l in "${lines[@]}"; do export "$l"; done
