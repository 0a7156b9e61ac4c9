# quiet: documentation that is written
mkdir -p /opt/x/share/doc
cat > /opt/x/share/doc/README <<'EOF'
Run it with:
    podman run -v /home/you:/home/you -v /scratch:/scratch x
    cp -r /opt/x/examples /home/you/x
    ./configure --prefix=$HOME/x
EOF
