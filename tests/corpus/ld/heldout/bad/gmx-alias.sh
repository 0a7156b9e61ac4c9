# ENV104: GROMACS, alias
echo "alias gmx='LD_LIBRARY_PATH=/opt/gromacs/lib gmx_mpi'" >> /etc/bash.bashrc
