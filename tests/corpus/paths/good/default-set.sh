# quiet: a variable with a value has no default
: "${P:=/opt/x}"
./configure --prefix=$P --with-x=${X:-/home/x}
