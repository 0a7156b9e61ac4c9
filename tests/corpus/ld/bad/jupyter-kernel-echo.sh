# ENV104: a kernel by echo
echo '{"argv": ["x"], "env": {"LD_LIBRARY_PATH": "/opt/x/lib"}}' > /usr/share/jupyter/kernels/x/kernel.json
