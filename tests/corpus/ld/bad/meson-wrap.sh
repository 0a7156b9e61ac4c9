# ENV108: meson wrap
meson test -C build --wrap='env LD_LIBRARY_PATH=/opt/x/lib'
