# quiet: the installer in /tmp, conda in /opt
curl -fsSLo /tmp/miniforge.sh https://github.com/conda-forge/miniforge/releases/download/24.3.0-0/Miniforge3-24.3.0-0-Linux-x86_64.sh
bash /tmp/miniforge.sh -b -p /opt/conda
rm -f /tmp/miniforge.sh
