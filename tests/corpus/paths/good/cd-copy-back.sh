# quiet: from a mount to /opt
cd /scratch/x; tar -cf /opt/x.tar .; tar -xf y.tar -C /opt
