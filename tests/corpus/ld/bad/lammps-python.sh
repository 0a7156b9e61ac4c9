# ENV103: LAMMPS' module in its test
cd /src/lammps/build && PYTHONPATH=$PWD/python LD_LIBRARY_PATH=$PWD python3 -c 'import lammps; lammps.lammps()'
