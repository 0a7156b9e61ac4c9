# PTH202@2: .condarc written
printf 'envs_dirs:\n  - /home/envs\n' > /opt/conda/.condarc
conda create -n x python
