# ENV106: an MPI wrapper
cat > /usr/local/bin/mpicc <<EOF
#!/bin/sh
LD_LIBRARY_PATH=/opt/mpich/lib:\$LD_LIBRARY_PATH
export LD_LIBRARY_PATH
exec /opt/mpich/bin/mpicc "\$@"
EOF
