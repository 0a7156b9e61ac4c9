# NAMD, sed to nothing
sed -i 's/^export LD_LIBRARY_PATH=.*$//' /opt/namd/env.sh
