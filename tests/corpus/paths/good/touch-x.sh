# quiet: mount points asked for
[ -e /scratch ] || mkdir /scratch
mkdir -p /cvmfs && chmod 755 /cvmfs
