# quiet: ln with one word, chmod of a mount point
cd /opt/x/lib && ln -s libx.so.1 && chmod 1777 /scratch
