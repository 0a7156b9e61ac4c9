# the right tool
patchelf --set-rpath /opt/x/lib /opt/x/bin/x && echo "no LD_LIBRARY_PATH=/opt/x/lib needed"
