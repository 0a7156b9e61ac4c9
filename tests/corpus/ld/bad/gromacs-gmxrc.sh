# ENV102: GROMACS by hand
GMXLDLIB=/opt/gromacs/lib
export GMXLDLIB LD_LIBRARY_PATH=$GMXLDLIB
gmx --version
