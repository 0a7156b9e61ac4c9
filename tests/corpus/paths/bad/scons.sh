# PTH202@2: scons with a lower-case prefix
scons build -j4 prefix=/global/cantera python_package=full
scons install
