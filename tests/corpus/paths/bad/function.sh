# PTH202@4: the prefix in a function
PREFIX=/home/sw
build() {
  cd "/src/$1" && ./configure --prefix="$PREFIX" && make install
}
build zlib
build libpng
