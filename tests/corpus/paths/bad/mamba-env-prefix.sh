# PTH207@2: mamba env create --prefix in root's home
mamba env create --prefix /root/envs/wrf --file environment.yml
