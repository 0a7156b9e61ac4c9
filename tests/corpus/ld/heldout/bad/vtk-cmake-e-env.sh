# ENV108: VTK, cmake e env
cmake -E env "LD_LIBRARY_PATH=$PWD/build/lib" ./build/bin/vtkpython --version
