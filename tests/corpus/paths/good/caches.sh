# quiet: caches of tools
export PIP_CACHE_DIR=/tmp/pip CCACHE_DIR=/tmp/ccache XDG_CACHE_HOME=/tmp/xdg
pip install --prefix=/opt/x numpy==1.26.4
CONDA_PKGS_DIRS=/tmp/pkgs conda install -y -p /opt/conda gcc
npm config set cache /tmp/npm
