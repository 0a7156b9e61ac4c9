# MVAPICH, grep xargs sed
grep -rl 'LD_LIBRARY_PATH=' /opt/mvapich/bin | xargs -r sed -i '/LD_LIBRARY_PATH=/d'
