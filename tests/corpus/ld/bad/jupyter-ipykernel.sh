# ENV108: ipykernel's --env
jupyter-kernel-install --user --env LD_LIBRARY_PATH /opt/x/lib --name x
