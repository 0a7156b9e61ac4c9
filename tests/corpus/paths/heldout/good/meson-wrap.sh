# quiet: meson with its build folder in /tmp
meson setup /tmp/b /src/x --prefix=/opt/x --libdir=lib && meson install -C /tmp/b
