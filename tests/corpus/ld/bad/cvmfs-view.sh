# ENV102: an LCG view
VIEW=/opt/lcg/x86_64-el9-gcc13-opt
for name in PATH:bin LD_LIBRARY_PATH:lib; do :; done
LD_LIBRARY_PATH=$VIEW/lib:$VIEW/lib64; export LD_LIBRARY_PATH
