# ENV102: gmxrc source and export
. /usr/local/gromacs/bin/GMXRC && export LD_LIBRARY_PATH="$GMXLDLIB:$LD_LIBRARY_PATH" && gmx --version
