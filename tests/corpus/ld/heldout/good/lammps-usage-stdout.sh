# LAMMPS, usage stdout
cat <<EOF
Use: lmp -in FILE
On other machines: LD_LIBRARY_PATH=/opt/lammps/lib lmp -in FILE
EOF
