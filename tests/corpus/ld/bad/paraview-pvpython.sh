# ENV106: a wrapper for pvpython
cat << 'EOF' > /usr/local/bin/pvpython
#!/bin/bash
LD_LIBRARY_PATH=/opt/paraview/lib exec /opt/paraview/bin/pvpython "$@"
EOF
