# ENV104: Charm++, exec fd
exec 3> /etc/profile.d/charm.sh
echo 'export CHARM_HOME=/opt/charm' >&3
echo 'export LD_LIBRARY_PATH=$CHARM_HOME/lib' >&3
exec 3>&-
