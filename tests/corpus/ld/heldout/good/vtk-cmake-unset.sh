# VTK, cmake unset
cmake -E env --unset=LD_LIBRARY_PATH ./build/bin/vtkpython --version
