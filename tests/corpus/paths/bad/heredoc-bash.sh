# PTH202@3: a script fed to bash
bash -e <<'EOF'
./configure --prefix=/home/x
make install
EOF
