# oneapi setvars cleanup
. /opt/intel/oneapi/setvars.sh --force
saved=$LD_LIBRARY_PATH
unset LD_LIBRARY_PATH
for d in ${saved//:/ }; do echo "$d"; done > /etc/ld.so.conf.d/oneapi.conf
ldconfig
