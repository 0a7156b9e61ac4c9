# PTH202@3: Miniconda -b -p
wget -q https://repo.anaconda.com/miniconda/Miniconda3-py311_24.1.2-0-Linux-x86_64.sh -O /tmp/mc.sh
bash /tmp/mc.sh -b -p /home/conda
rm /tmp/mc.sh
