# deleting by perl
perl -pi -e 's/^export LD_LIBRARY_PATH=.*\n//' /opt/x/env.sh
