# site motd
cat > /etc/motd <<'EOF'
Please do not write
    export LD_LIBRARY_PATH=/opt/x/lib
into your .bashrc: it hides the MPI of the site.
EOF
