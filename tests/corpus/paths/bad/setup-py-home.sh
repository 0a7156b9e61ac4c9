# PTH202@3: python setup.py install --home
python setup.py build
python setup.py install --home=/global/python
