# quiet: empty mount points on purpose
mkdir -p /global /scratch /home /cvmfs
mkdir /pscratch
install -d -m 755 /scratch
