# PTH207@2: an installer of conda without -p
sh Miniforge3-Linux-x86_64.sh -b
