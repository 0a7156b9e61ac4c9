# PTH202@2: pip --prefix with =
pip3 install --prefix=/home/pyenv -r requirements.txt
