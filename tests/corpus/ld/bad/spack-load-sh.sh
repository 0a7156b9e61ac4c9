# ENV104: spack load sh
spack load --sh gromacs > /etc/profile.d/spack.sh
sed -i '$ a export LD_LIBRARY_PATH=/opt/view/lib' /etc/profile.d/spack.sh
