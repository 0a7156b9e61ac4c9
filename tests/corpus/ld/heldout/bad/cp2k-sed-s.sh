# ENV104: CP2K, sed s
sed -i 's|^#LD_LIBRARY_PATH=.*|export LD_LIBRARY_PATH=/opt/cp2k/lib|' /opt/cp2k/tools/toolchain/install/setup
