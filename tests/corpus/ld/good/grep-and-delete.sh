# grep and delete
grep -qxF 'export LD_LIBRARY_PATH=/opt/x/lib' ~/.bashrc && sed -i '\|LD_LIBRARY_PATH=/opt/x/lib|d' ~/.bashrc
