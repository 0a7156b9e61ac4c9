# ENV106: LAMMPS, install stdin
install -m 0755 /dev/stdin /usr/local/bin/lmp-run <<'EOF'
#!/bin/sh
LD_LIBRARY_PATH=/opt/lammps/lib exec /opt/lammps/bin/lmp "$@"
EOF
