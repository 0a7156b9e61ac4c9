# ENV106: GROMACS, sed 2i
sed -i '2i export LD_LIBRARY_PATH=/opt/gromacs/lib64' /usr/local/gromacs/bin/GMXRC.bash
