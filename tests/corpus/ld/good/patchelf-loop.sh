# rpath for many
for f in /opt/x/bin/*; do patchelf --set-rpath '$ORIGIN/../lib' "$f"; done   # no LD_LIBRARY_PATH
