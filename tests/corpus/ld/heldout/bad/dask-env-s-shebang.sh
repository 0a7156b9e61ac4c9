# ENV106: Dask, env s shebang
cat > /opt/dask/bin/worker <<'EOF'
#!/usr/bin/env -S LD_LIBRARY_PATH=/opt/dask/lib python3
from distributed.cli.dask_worker import main
main()
EOF
