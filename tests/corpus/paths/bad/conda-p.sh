# PTH202@2: conda create -p
conda create -y -p /global/envs/ml python=3.11 numpy
