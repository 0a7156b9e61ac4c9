# ENV106: VASP, sed c
sed -i '/^LD_LIBRARY_PATH=/c\LD_LIBRARY_PATH=/opt/vasp/lib' /opt/vasp/bin/vasp_env.sh
