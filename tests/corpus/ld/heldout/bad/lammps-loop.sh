# ENV102: several folders collected by a loop
for d in /opt/lammps/lib /opt/kim/lib /opt/plumed/lib; do
  LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$d"
done
export LD_LIBRARY_PATH
make -C /src/lammps/src mpi
