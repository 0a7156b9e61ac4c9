# ENV108: compiler launcher
cmake -S . -B b -DCMAKE_CXX_COMPILER_LAUNCHER="env;LD_LIBRARY_PATH=/opt/gcc/lib64"
