# ENV108: LIKWID, systemd run
systemd-run --wait --setenv=LD_LIBRARY_PATH=/opt/likwid/lib /opt/likwid/bin/likwid-topology
