# PTH202@2: NVHPC by its variable
NVHPC_SILENT=true NVHPC_INSTALL_DIR=/home/nvhpc NVHPC_INSTALL_TYPE=single ./install
