# quiet: the kernel's files
echo 1 > /proc/sys/vm/drop_caches || true
cat /proc/cpuinfo > /opt/x/cpuinfo
