# ENV104: the hook for fish
echo 'set -gx LD_LIBRARY_PATH /opt/conda/lib $LD_LIBRARY_PATH' > /opt/conda/etc/conda/activate.d/libs.fish
