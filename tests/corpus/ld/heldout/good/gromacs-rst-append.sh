# GROMACS, rst append
cat >> docs/install-guide/index.rst <<EOF
If mdrun does not start::

  LD_LIBRARY_PATH=/opt/gromacs/lib gmx mdrun
EOF
