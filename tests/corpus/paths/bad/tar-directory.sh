# PTH202@3: tar --directory before
mkdir -p /opt/x
tar --strip-components=1 --directory=/scratch/paraview -xzf ParaView-5.12.tar.gz
