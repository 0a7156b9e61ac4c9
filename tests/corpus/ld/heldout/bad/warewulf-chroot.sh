# ENV103: Warewulf, chroot
chroot /mnt/rootfs /bin/sh -c 'LD_LIBRARY_PATH=/opt/slurm/lib /opt/slurm/bin/sinfo --version'
