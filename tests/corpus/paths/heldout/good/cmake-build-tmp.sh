# quiet: CMake's own folders
cmake -S /src/x -B /tmp/x-build -DCMAKE_INSTALL_PREFIX=/opt/x -DCMAKE_MODULE_PATH=/home/cmake && cmake --build /tmp/x-build -t install
