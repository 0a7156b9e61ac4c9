# PTH202@2: pip -qt
pip install -qt /home/site numpy
