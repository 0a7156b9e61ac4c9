# ENV102: hypre, eval substitution
eval "$(printf 'export %s=%s;' LD_LIBRARY_PATH /opt/hypre/lib)"
make test
