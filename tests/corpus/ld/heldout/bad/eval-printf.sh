# ENV102: eval of what printf makes
eval "$(printf 'export %s=%s' LD_LIBRARY_PATH /opt/elpa/lib)"
