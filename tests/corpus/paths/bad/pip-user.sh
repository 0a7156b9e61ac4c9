# PTH207@2: pip --user of root
pip install --user mpi4py
