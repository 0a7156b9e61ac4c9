# the loader's configuration
echo /usr/local/cuda/lib64 > /etc/ld.so.conf.d/cuda.conf && ldconfig
test -z "${LD_LIBRARY_PATH:-}"
