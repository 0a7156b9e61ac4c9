# ENV108: micromamba run e
micromamba run -n base -e LD_LIBRARY_PATH=/opt/x/lib python -c 'import x'
