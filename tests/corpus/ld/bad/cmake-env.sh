# ENV108: cmake -E env
cmake -E env LD_LIBRARY_PATH=/opt/x/lib ctest
