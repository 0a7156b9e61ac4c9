# PTH202@2: meson setup --prefix
meson setup build --prefix /home/glib --buildtype=release
ninja -C build install
