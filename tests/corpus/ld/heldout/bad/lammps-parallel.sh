# ENV103: LAMMPS, parallel
parallel -j4 'LD_LIBRARY_PATH=/opt/lammps/lib lmp -in {}' ::: bench/in.*
