# quiet: what reading cannot decide
./configure --prefix="$PREFIX"
cp -r x "$(get-home)/x"
tar -xf x.tar -C "$1"
cmake -DCMAKE_INSTALL_PREFIX=${WHERE} ..
