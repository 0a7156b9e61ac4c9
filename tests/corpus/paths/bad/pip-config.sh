# PTH202@2: pip config
pip config set global.target /global/site
pip install numpy
