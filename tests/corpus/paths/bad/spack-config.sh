# PTH202@2: spack config add install_tree
spack config add "config:install_tree:root:/home/spack/opt"
spack install hdf5+mpi
