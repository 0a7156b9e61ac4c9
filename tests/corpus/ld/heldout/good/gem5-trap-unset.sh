# gem5, trap unset
trap 'unset LD_LIBRARY_PATH' EXIT
scons build/X86/gem5.opt
