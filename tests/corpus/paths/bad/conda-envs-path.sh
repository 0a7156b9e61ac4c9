# PTH202@2: conda create -n below CONDA_ENVS_PATH
export CONDA_ENVS_PATH=/scratch/envs
conda create -y -n dask python=3.11 dask
