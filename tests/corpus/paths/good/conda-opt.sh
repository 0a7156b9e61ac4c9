# quiet: conda by name below /opt
export CONDA_ENVS_PATH=/opt/envs
conda create -y -n x python=3.11
conda env create -p /opt/env -f /tmp/environment.yml
