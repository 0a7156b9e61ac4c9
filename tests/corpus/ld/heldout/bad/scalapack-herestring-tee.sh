# ENV104: ScaLAPACK, herestring tee
sudo tee -a /etc/bash.bashrc <<< "export LD_LIBRARY_PATH=/opt/scalapack/lib" >/dev/null
