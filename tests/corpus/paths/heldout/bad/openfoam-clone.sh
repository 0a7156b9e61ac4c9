# PTH202@3: the usual place of OpenFOAM
mkdir -p /opt/log
cd /home/foam && git clone --depth 1 https://develop.openfoam.com/Development/openfoam.git
