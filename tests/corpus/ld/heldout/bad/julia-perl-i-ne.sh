# ENV106: Julia, perl i ne
perl -i -ne 'print; print "export LD_LIBRARY_PATH=/opt/julia/lib\n" if $. == 1;' /opt/julia/bin/julia-wrapper
