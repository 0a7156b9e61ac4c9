# ENV106: install reads its input
install -Dm755 /dev/stdin /usr/bin/vasp-run <<'END'
#!/bin/bash
export OMP_NUM_THREADS=1
export LD_LIBRARY_PATH=/opt/vasp/lib
exec /opt/vasp/bin/vasp_std
END
