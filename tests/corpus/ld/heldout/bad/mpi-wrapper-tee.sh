# ENV106: a wrapper by tee
tee /opt/mpi/bin/mpiexec-site > /dev/null << 'EOS'
#!/usr/bin/env bash
set -eu
export LD_LIBRARY_PATH="/opt/mpi/lib:${LD_LIBRARY_PATH-}"
exec /opt/mpi/bin/mpiexec.hydra "$@"
EOS
chmod +x /opt/mpi/bin/mpiexec-site
