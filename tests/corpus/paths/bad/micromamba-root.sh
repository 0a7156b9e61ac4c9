# PTH202@2: micromamba -r
micromamba create -y -r /home/micromamba -n gmx -c conda-forge gromacs
