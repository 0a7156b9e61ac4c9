# ENV102: gem5, allexport
set -a
LD_LIBRARY_PATH=/usr/local/lib
set +a
scons build/X86/gem5.opt -j4
