# ENV104: backslash delimiter
cat >> ~/.bashrc << \EOF
export LD_LIBRARY_PATH=/opt/x/lib
EOF
