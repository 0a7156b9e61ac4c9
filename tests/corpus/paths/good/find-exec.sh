# quiet: found in a mount, copied to /opt
find /home/build -name '*.so' -exec cp {} /opt/x/lib/ \;
find /scratch/x -type f -print0 | xargs -0 -I{} install -m 644 {} /opt/x
