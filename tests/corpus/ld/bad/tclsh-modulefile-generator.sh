# ENV107: tclsh modulefile generator
for v in 1.0 2.0; do
  { echo '#%Module'; echo "set v $v"; echo 'prepend-path --delim : LD_LIBRARY_PATH /opt/x/$v/lib'; } > /opt/modulefiles/x/$v
done
