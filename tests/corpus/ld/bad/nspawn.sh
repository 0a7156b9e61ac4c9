# ENV108: nspawn
systemd-nspawn -D /mnt/root -E LD_LIBRARY_PATH=/opt/x/lib /bin/true
